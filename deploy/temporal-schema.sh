#!/bin/sh
# Makes Temporal's two databases, or brings them up to date; safe to repeat.
# Runs in the image temporalio/admin-tools; where PostgreSQL is, SQL_HOST and its like say.
set -eu

for database in temporal visibility; do
    name=temporal
    [ "$database" = temporal ] || name=temporal_$database
    temporal-sql-tool --database "$name" create-database
    temporal-sql-tool --database "$name" setup-schema --version 0.0
    temporal-sql-tool --database "$name" update-schema --schema-name "postgresql/v12/$database"
done
