"""Temporal, the database, the HTTP server, the web page's files."""
