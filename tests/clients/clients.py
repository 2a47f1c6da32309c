"""The vendors' own client libraries against smelt-sim: python3 clients.py http://127.0.0.1:PORT

By hand, because the libraries are no packages of the distribution: pip install openai anthropic mistralai google-genai in a
virtual environment. Ends with 1 when a call fails.
"""
import io
import json
import sys
import tempfile
import time

import anthropic
import openai
from google import genai
from google.genai import types
from mistralai.client import Mistral

base = sys.argv[1]
failed = 0


def step(name, call):
    global failed
    try:
        result = call()
        print("ok    ", name)
        return result
    except Exception as problem:  # whatever a library raises is what a user would see
        failed += 1
        print("FAILED", name, type(problem).__name__, str(problem)[:300])
        return None


def until(look, is_over):
    for _ in range(100):
        seen = look()
        if is_over(seen):
            return seen
        time.sleep(0.2)
    raise TimeoutError("the batch does not end")


def lines(make, count=5):
    return "".join(json.dumps(make(i)) + "\n" for i in range(count)).encode()


def check(seen, wanted):
    assert seen == wanted, f"{seen} instead of {wanted}"


chat = {
    "model": "gpt-5-mini",
    "messages": [{"role": "user", "content": "Title: A"}],
    "response_format": {
        "type": "json_schema",
        "json_schema": {
            "name": "t",
            "strict": True,
            "schema": {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"], "additionalProperties": False},
        },
    },
}
requests = lines(lambda i: {"custom_id": f"r{i}", "method": "POST", "url": "/v1/chat/completions", "body": chat})


def openai_batches(name, c):
    create = lambda: c.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"})
    file = step(name + " files.create", lambda: c.files.create(file=("in.jsonl", io.BytesIO(requests)), purpose="batch"))
    batch = step(name + " batches.create", create)
    batch = step(name + " batches.retrieve", lambda: until(lambda: c.batches.retrieve(batch.id), lambda b: b.status.lower() == "completed"))
    step(name + " files.content", lambda: check(len(c.files.content(batch.output_file_id).text.splitlines()), 5))
    step(name + " batches.list", lambda: check([b.id for b in c.batches.list(limit=1)], [batch.id]))
    step(name + " batches.cancel", lambda: c.batches.cancel(create().id))
    step(name + " files.delete", lambda: check(c.files.delete(file.id).deleted, True))
    step(name + " chat.completions.create", lambda: json.loads(c.chat.completions.create(**chat).choices[0].message.content)["title"])
    step(name + " responses.create", lambda: c.responses.create(model="gpt-5-mini", input="Title: A").output_text)


def anthropic_batches(c):
    params = {"model": "claude-haiku-4-5", "max_tokens": 200, "messages": [{"role": "user", "content": "Title: A"}]}
    create = lambda: c.messages.batches.create(requests=[{"custom_id": f"r{i}", "params": params} for i in range(4)])
    batch = step("anthropic batches.create", create)
    step("anthropic batches.retrieve", lambda: until(lambda: c.messages.batches.retrieve(batch.id), lambda b: b.processing_status == "ended"))
    step("anthropic batches.results", lambda: check({r.result.type for r in c.messages.batches.results(batch.id)}, {"succeeded"}))
    step("anthropic batches.list", lambda: check([b.id for b in c.messages.batches.list(limit=1)], [batch.id]))
    step("anthropic batches.cancel", lambda: c.messages.batches.cancel(create().id))
    step("anthropic batches.delete", lambda: c.messages.batches.delete(batch.id))
    step("anthropic messages.create", lambda: c.messages.create(**params).content[0].text)


def mistral_jobs(c):
    body = {"messages": [{"role": "user", "content": "Title: A"}]}
    content = lines(lambda i: {"custom_id": f"r{i}", "body": body})
    common = {"model": "mistral-small-latest", "endpoint": "/v1/chat/completions"}
    file = step("mistral files.upload", lambda: c.files.upload(file={"file_name": "in.jsonl", "content": content}, purpose="batch"))
    job = step("mistral jobs.create", lambda: c.batch.jobs.create(input_files=[file.id], metadata={"a": "b"}, **common))
    job = step("mistral jobs.get", lambda: until(lambda: c.batch.jobs.get(job_id=job.id), lambda j: j.status == "SUCCESS"))
    step("mistral files.download", lambda: check(len(c.files.download(file_id=job.output_file).read().splitlines()), 5))
    step("mistral jobs.list", lambda: check(c.batch.jobs.list(page=0, page_size=5).total, 1))
    small = step("mistral jobs.create inline", lambda: c.batch.jobs.create(requests=[{"custom_id": "i", "body": body}], **common))
    step("mistral jobs.cancel", lambda: c.batch.jobs.cancel(job_id=small.id))
    step("mistral files.delete", lambda: check(c.files.delete(file_id=file.id).deleted, True))


def gemini_batches(c):
    turn = {"contents": [{"role": "user", "parts": [{"text": "Title: A"}]}]}
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as spool:
        spool.write(lines(lambda i: {"key": f"r{i}", "request": turn}))
        spool.flush()
        file = step("gemini files.upload", lambda: c.files.upload(file=spool.name, config=types.UploadFileConfig(display_name="in", mime_type="jsonl")))
    batch = step("gemini batches.create", lambda: c.batches.create(model="gemini-3.8-flash", src=file.name, config={"display_name": "j"}))
    batch = step("gemini batches.get", lambda: until(lambda: c.batches.get(name=batch.name), lambda b: b.state.name == "JOB_STATE_SUCCEEDED"))
    step("gemini files.download", lambda: check(len(c.files.download(file=batch.dest.file_name).splitlines()), 5))
    step("gemini batches.list", lambda: check(len(list(c.batches.list())), 1))
    small = step("gemini batches.create inline", lambda: c.batches.create(model="gemini-3.8-flash", src=[turn], config={"display_name": "i"}))
    step("gemini batches.cancel", lambda: c.batches.cancel(name=small.name))
    step("gemini files.delete", lambda: c.files.delete(name=file.name))


openai_batches("openai", openai.OpenAI(api_key="k", base_url=base + "/v1"))
openai_batches("azure", openai.OpenAI(api_key="k", base_url=base + "/openai/v1", default_headers={"api-key": "k"}))
anthropic_batches(anthropic.Anthropic(api_key="k", base_url=base))
mistral_jobs(Mistral(api_key="k", server_url=base + "/mistral"))
gemini_batches(genai.Client(api_key="k", http_options=types.HttpOptions(base_url=base)))
sys.exit(failed > 0)
