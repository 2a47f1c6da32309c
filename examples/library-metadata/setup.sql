-- The tables of the library, its 140 rows and two roles. Run it once, in this folder, as the administrator of the database:
--   smelt db psql -- -f setup.sql
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

CREATE SCHEMA library;

CREATE TABLE library.files (
    file_path     text PRIMARY KEY,
    filename      text NOT NULL,
    file_size     bigint NOT NULL,
    status        text NOT NULL DEFAULT 'pending' CHECK (status IN
                  ('pending', 'extracted', 'needs_review', 'approved', 'failed', 'failed_json', 'failed_validation', 'skipped')),
    score         numeric(3, 2),
    error_message text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);

-- Every change of a row is seen in updated_at, also those that Smelt writes back.
CREATE FUNCTION library.touch() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END$$;
CREATE TRIGGER touch BEFORE UPDATE ON library.files FOR EACH ROW EXECUTE FUNCTION library.touch();

-- Entries are never changed: there is one row for each version, and one of them is current.
CREATE TABLE library.file_metadata (
    metadata_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_path      text NOT NULL REFERENCES library.files,
    metadata       jsonb NOT NULL,
    score          numeric(3, 2) NOT NULL,
    warnings       jsonb,
    repairs        jsonb,
    model          text NOT NULL,
    prompt_version text NOT NULL,
    batch          int NOT NULL,
    tokens         bigint,
    cost_usd       numeric,
    is_current     boolean NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX one_current_version ON library.file_metadata (file_path) WHERE is_current;

CREATE TABLE library.file_topics (
    file_path text NOT NULL REFERENCES library.files,
    tag       text NOT NULL,
    PRIMARY KEY (file_path, tag)
);

\copy library.files (file_path, filename, file_size) FROM 'data/files.csv' CSV HEADER

-- librarian runs Smelt and looks after the table. smelt_write_back is the role in which Smelt runs the statements of sql/: librarian alone cannot
-- change an entry by mistake (NOINHERIT).
SELECT format('CREATE ROLE %I %s', name, kind)
  FROM (VALUES ('librarian', 'LOGIN NOINHERIT'), ('smelt_write_back', 'NOLOGIN')) AS wanted (name, kind)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
GRANT smelt_write_back TO librarian;
GRANT CREATE, TEMPORARY ON DATABASE :"DBNAME" TO librarian;
GRANT USAGE ON SCHEMA library TO librarian, smelt_write_back;
GRANT SELECT ON ALL TABLES IN SCHEMA library TO librarian, smelt_write_back;
GRANT UPDATE (status) ON library.files TO librarian;
GRANT UPDATE (status, score, error_message) ON library.files TO smelt_write_back;
GRANT INSERT, UPDATE (is_current) ON library.file_metadata TO smelt_write_back;
GRANT INSERT, DELETE ON library.file_topics TO smelt_write_back;
