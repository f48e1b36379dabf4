# One image for every process of ours; docker-compose.yml says which one a container runs.

FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

FROM python:3.11.14-slim-bookworm AS dependencies
COPY --from=uv /uv /usr/local/bin/
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
# These two alone: a change of the code does not fetch the dependencies again.
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-dev --no-install-project

FROM dependencies AS code
WORKDIR /code
# What .dockerignore lets through.
COPY . .
# What the page is made of stays behind.
RUN /app/.venv/bin/python -m api.export_openapi /openapi.json && rm -r docs web

FROM node:22.20.0-bookworm-slim AS page
WORKDIR /app/web
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY docs/bpmn ../docs/bpmn
COPY web ./
COPY --from=code /openapi.json .generated/openapi.json
RUN npm run types && npm run build

FROM python:3.11.14-slim-bookworm
# /data is for the simulators' state: a new volume takes over whose it is.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin app \
    && install -d -o app -g app /data
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
COPY --from=dependencies /app/.venv .venv
COPY --from=code /code .
COPY --from=page /app/web/dist web/dist
# The user may not write here; uncompiled, workflow modules would be compiled for every run of theirs.
RUN python -m compileall -q .
USER app
# Nothing by default: which process it is to be has to be said.
CMD ["python", "-c", "raise SystemExit('Say what to run: see docker-compose.yml.')"]
