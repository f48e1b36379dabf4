#!/bin/sh
# Creates or migrates Temporal's two databases; safe to repeat.
# Runs in the image temporalio/admin-tools, which reads SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD.
set -eu

for database in temporal visibility; do
    name=temporal
    [ "$database" = temporal ] || name=temporal_$database
    temporal-sql-tool --database "$name" create-database
    temporal-sql-tool --database "$name" setup-schema --version 0.0
    temporal-sql-tool --database "$name" update-schema --schema-name "postgresql/v12/$database"
done
