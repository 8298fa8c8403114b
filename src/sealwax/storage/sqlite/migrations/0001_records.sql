-- Every record of sealwax.records. Columns stand in the order of the record's fields.
-- Times are integer seconds since the epoch, UTC; lists of words are JSON arrays.
-- Whatever opens a door is kept only as its SHA-256.

PRAGMA application_id = 1397050700; -- "SEAL"

CREATE TABLE users (
    user_id             TEXT    NOT NULL PRIMARY KEY CHECK (substr(user_id, 1, 4) = 'usr_'),
    username            TEXT    NOT NULL UNIQUE,
    display_name        TEXT    NOT NULL,
    email               TEXT,
    email_verified      INTEGER NOT NULL CHECK (email_verified IN (0, 1)),
    password_hash       TEXT,
    is_administrator    INTEGER NOT NULL CHECK (is_administrator IN (0, 1)),
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    password_changed_at INTEGER,
    disabled_at         INTEGER
) STRICT;

-- The id of a removed person is the `sub` of tokens somebody may have kept; nobody else gets it.
CREATE TABLE retired_user_ids (
    user_id TEXT NOT NULL PRIMARY KEY
) STRICT;

CREATE TABLE password_links (
    token_hash  TEXT    NOT NULL PRIMARY KEY,
    user_id     TEXT    NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    redeemed_at INTEGER
) STRICT;
CREATE INDEX password_links_of_user ON password_links (user_id);

CREATE TABLE clients (
    client_id                    TEXT    NOT NULL PRIMARY KEY
                                 CHECK (substr(client_id, 1, 4) <> 'usr_'),
    client_name                  TEXT    NOT NULL,
    token_endpoint_auth_method   TEXT    NOT NULL,
    created_at                   INTEGER NOT NULL,
    client_secret_hashes         TEXT    NOT NULL,
    jwks                         TEXT,
    redirect_uris                TEXT    NOT NULL,
    post_logout_redirect_uris    TEXT    NOT NULL,
    grant_types                  TEXT    NOT NULL,
    scopes                       TEXT    NOT NULL,
    web_origins                  TEXT    NOT NULL,
    default_resource             TEXT,
    introspects                  TEXT    NOT NULL,
    is_first_party               INTEGER NOT NULL CHECK (is_first_party IN (0, 1)),
    id_token_signed_response_alg TEXT    NOT NULL,
    disabled_at                  INTEGER
) STRICT;

CREATE TABLE resources (
    identifier                    TEXT    NOT NULL PRIMARY KEY,
    display_name                  TEXT    NOT NULL,
    scopes                        TEXT    NOT NULL,
    access_token_lifetime_seconds INTEGER NOT NULL,
    created_at                    INTEGER NOT NULL,
    access_token_signing_alg      TEXT    NOT NULL,
    disabled_at                   INTEGER
) STRICT;

CREATE TABLE consents (
    user_id    TEXT    NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    client_id  TEXT    NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    scopes     TEXT    NOT NULL,
    resources  TEXT    NOT NULL,
    granted_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id)
) STRICT;
CREATE INDEX consents_to_client ON consents (client_id);

-- Sessions and grants may outlive the person, the client or the session they name: they are ended
-- with those, and forgotten when no token of theirs can live.
CREATE TABLE sessions (
    session_id       TEXT    NOT NULL PRIMARY KEY,
    secret_hash      TEXT    UNIQUE,
    user_id          TEXT    NOT NULL,
    kind             TEXT    NOT NULL CHECK (kind IN ('browser', 'direct')),
    authenticated_at INTEGER NOT NULL,
    amr              TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    last_seen_at     INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    client_id        TEXT,
    ended_at         INTEGER
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX direct_sessions_of_client ON sessions (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX ended_sessions ON sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE grants (
    grant_id       TEXT    NOT NULL PRIMARY KEY,
    client_id      TEXT    NOT NULL,
    user_id        TEXT,
    session_id     TEXT,
    status_list_id TEXT    NOT NULL,
    status_index   INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    ended_at       INTEGER,
    -- Not in the record: when it is over, at the latest. The end of its session or of its longest
    -- refresh token, or when it was ended; none for a client by itself.
    lives_until    INTEGER,
    CHECK ((user_id IS NULL) = (session_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX living_grant_in_session ON grants (client_id, session_id)
    WHERE ended_at IS NULL;
CREATE UNIQUE INDEX living_grant_without_session ON grants (client_id)
    WHERE ended_at IS NULL AND session_id IS NULL;
CREATE INDEX grants_of_client ON grants (client_id);
CREATE INDEX grants_of_session ON grants (session_id);
CREATE INDEX grants_of_user ON grants (user_id);
CREATE INDEX grants_by_end ON grants (lives_until) WHERE lives_until IS NOT NULL;

CREATE TABLE authorization_codes (
    code_hash      TEXT    NOT NULL PRIMARY KEY,
    grant_id       TEXT    NOT NULL REFERENCES grants (grant_id) ON DELETE CASCADE,
    client_id      TEXT    NOT NULL,
    user_id        TEXT    NOT NULL,
    session_id     TEXT    NOT NULL,
    redirect_uri   TEXT    NOT NULL,
    scopes         TEXT    NOT NULL,
    resources      TEXT    NOT NULL,
    code_challenge TEXT    NOT NULL,
    nonce          TEXT,
    auth_time      INTEGER NOT NULL,
    amr            TEXT    NOT NULL,
    issued_at      INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    redeemed_at    INTEGER
) STRICT;
CREATE INDEX authorization_codes_of_grant ON authorization_codes (grant_id);
CREATE INDEX authorization_codes_by_end ON authorization_codes (expires_at);

CREATE TABLE refresh_tokens (
    token_hash       TEXT    NOT NULL PRIMARY KEY,
    family_id        TEXT    NOT NULL,
    grant_id         TEXT    NOT NULL REFERENCES grants (grant_id) ON DELETE CASCADE,
    client_id        TEXT    NOT NULL,
    user_id          TEXT    NOT NULL,
    session_id       TEXT    NOT NULL,
    scopes           TEXT    NOT NULL,
    resources        TEXT    NOT NULL,
    auth_time        INTEGER NOT NULL,
    amr              TEXT    NOT NULL,
    issued_at        INTEGER NOT NULL,
    last_used_at     INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    nonce            TEXT,
    rotated_at       INTEGER,
    revoked_at       INTEGER,
    -- Not in the record: which token this one replaced, and whether a retry replaced it unused.
    predecessor_hash TEXT,
    is_superseded    INTEGER NOT NULL DEFAULT 0 CHECK (is_superseded IN (0, 1))
) STRICT;
CREATE INDEX refresh_tokens_of_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_of_grant ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

CREATE TABLE signing_keys (
    position              INTEGER NOT NULL PRIMARY KEY,
    kid                   TEXT    NOT NULL UNIQUE,
    algorithm             TEXT    NOT NULL,
    public_jwk            TEXT    NOT NULL,
    encrypted_private_key BLOB    NOT NULL,
    published_at          INTEGER NOT NULL,
    signs_from            INTEGER NOT NULL,
    signs_until           INTEGER,
    removed_at            INTEGER,
    revoked_at            INTEGER
) STRICT;

CREATE TABLE status_lists (
    list_id   TEXT    NOT NULL PRIMARY KEY,
    size      INTEGER NOT NULL CHECK (size > 0),
    -- Every index ever given out, forgotten ones too; at half the size the list is closed.
    allotted  INTEGER NOT NULL DEFAULT 0,
    opened_at INTEGER NOT NULL
) STRICT;

-- One row for each index given out. In an open list a forgotten one stays, without its grant,
-- so that it is never given out again.
CREATE TABLE status_entries (
    list_id    TEXT    NOT NULL REFERENCES status_lists (list_id),
    idx        INTEGER NOT NULL,
    grant_id   TEXT    REFERENCES grants (grant_id),
    revoked_at INTEGER,
    PRIMARY KEY (list_id, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX status_entries_of_grant ON status_entries (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX revoked_status_entries ON status_entries (list_id, idx, revoked_at)
    WHERE revoked_at IS NOT NULL;
CREATE INDEX forgotten_status_entries ON status_entries (list_id, idx) WHERE grant_id IS NULL;

CREATE TABLE attempts (
    bucket  TEXT    NOT NULL PRIMARY KEY,
    taken   INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attempts_by_end ON attempts (ends_at);

CREATE TABLE client_assertions (
    client_id  TEXT    NOT NULL,
    jti        TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (client_id, jti)
) STRICT;
CREATE INDEX client_assertions_by_end ON client_assertions (expires_at);

-- One row: what processes compare to notice each other's changes, and what a check writes.
CREATE TABLE change_counters (
    id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    catalogue INTEGER NOT NULL,
    keys      INTEGER NOT NULL,
    status    INTEGER NOT NULL,
    checks    INTEGER NOT NULL
) STRICT;
INSERT INTO change_counters (id, catalogue, keys, status, checks) VALUES (1, 0, 0, 0, 0);
