CREATE TEMPORARY TABLE incoming (
    key          text NOT NULL,
    fields       jsonb NOT NULL,
    content_hash bytea NOT NULL,
    file         int,
    line         bigint NOT NULL,
    skip         text,
    record_id    bigint,
    change       smallint,
    old_hash     bytea
) ON COMMIT DROP
