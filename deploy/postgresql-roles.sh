#!/bin/sh
# Creates the roles of PostgreSQL and the database `orders`, or sets their passwords anew; safe to repeat.
# orders_owner owns the tables and migrates them, orders_app reads and writes rows, temporal has its own databases.
# Runs in the image postgres, which reads PGHOST, PGUSER and PGPASSWORD.
set -eu

psql --no-psqlrc --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\getenv owner_password ORDERS_OWNER_PASSWORD
\getenv app_password ORDERS_APP_PASSWORD
\getenv temporal_password TEMPORAL_DB_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', role)
  FROM unnest(ARRAY['orders_owner', 'orders_app', 'temporal']) AS role
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec
ALTER ROLE orders_owner NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
ALTER ROLE orders_app NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
-- Its tool creates its two databases.
ALTER ROLE temporal NOSUPERUSER CREATEDB NOCREATEROLE PASSWORD :'temporal_password';
SELECT 'CREATE DATABASE orders OWNER orders_owner'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'orders') \gexec
REVOKE ALL ON DATABASE orders FROM PUBLIC;
GRANT CONNECT ON DATABASE orders TO orders_app;
SQL

psql --no-psqlrc --set ON_ERROR_STOP=1 --dbname orders <<'SQL'
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO orders_owner;
GRANT USAGE ON SCHEMA public TO orders_app;
-- Of tables that exist, and of those that migrations will create.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO orders_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO orders_app;
ALTER DEFAULT PRIVILEGES FOR ROLE orders_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO orders_app;
ALTER DEFAULT PRIVILEGES FOR ROLE orders_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO orders_app;
SQL
