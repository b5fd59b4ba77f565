-- A database and a role for each house, and one role that migrates them all. PostgreSQL's image runs this once, into an empty data
-- folder; on a server of your own: psql -v ON_ERROR_STOP=1 -f init.sql, with the passwords in the environment (psql 14 or newer).
--
-- A house owns its database and can't even connect to another's: whoever breaks into the gateway's neighbour finds one table set.

\set ON_ERROR_STOP on
\getenv migrate DATABASE_PASSWORD_MIGRATE
\getenv identity DATABASE_PASSWORD_IDENTITY
\getenv directory DATABASE_PASSWORD_DIRECTORY
\getenv messaging DATABASE_PASSWORD_MESSAGING
\getenv dispatch_mail DATABASE_PASSWORD_DISPATCH_MAIL
\getenv dispatch_line DATABASE_PASSWORD_DISPATCH_LINE
\getenv dispatch_push DATABASE_PASSWORD_DISPATCH_PUSH
\getenv retention DATABASE_PASSWORD_RETENTION

CREATE ROLE renraku_migrate LOGIN PASSWORD :'migrate';
CREATE ROLE renraku_identity LOGIN PASSWORD :'identity';
CREATE ROLE renraku_directory LOGIN PASSWORD :'directory';
CREATE ROLE renraku_messaging LOGIN PASSWORD :'messaging';
CREATE ROLE "renraku_dispatch-mail" LOGIN PASSWORD :'dispatch_mail';
CREATE ROLE "renraku_dispatch-line" LOGIN PASSWORD :'dispatch_line';
CREATE ROLE "renraku_dispatch-push" LOGIN PASSWORD :'dispatch_push';
CREATE ROLE renraku_retention LOGIN PASSWORD :'retention';

-- It connects as itself and becomes the house (`options=-c role=…`), so that what it makes belongs to the house.
GRANT renraku_identity, renraku_directory, renraku_messaging, "renraku_dispatch-mail", "renraku_dispatch-line",
  "renraku_dispatch-push", renraku_retention TO renraku_migrate;

CREATE DATABASE renraku_identity OWNER renraku_identity;
CREATE DATABASE renraku_directory OWNER renraku_directory;
CREATE DATABASE renraku_messaging OWNER renraku_messaging;
CREATE DATABASE "renraku_dispatch-mail" OWNER "renraku_dispatch-mail";
CREATE DATABASE "renraku_dispatch-line" OWNER "renraku_dispatch-line";
CREATE DATABASE "renraku_dispatch-push" OWNER "renraku_dispatch-push";
CREATE DATABASE renraku_retention OWNER renraku_retention;

REVOKE CONNECT ON DATABASE renraku_identity, renraku_directory, renraku_messaging, "renraku_dispatch-mail",
  "renraku_dispatch-line", "renraku_dispatch-push", renraku_retention FROM PUBLIC;
GRANT CONNECT ON DATABASE renraku_identity, renraku_directory, renraku_messaging, "renraku_dispatch-mail",
  "renraku_dispatch-line", "renraku_dispatch-push", renraku_retention TO renraku_migrate;
