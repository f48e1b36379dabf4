# One image for all processes; docker-compose.yml selects the process of each container.

FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

FROM python:3.11.14-slim-bookworm AS dependencies
COPY --from=uv /uv /usr/local/bin/
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
# Only these two, so that a change of the code does not install the dependencies again.
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-dev --no-install-project

FROM dependencies AS code
WORKDIR /code
# The files that .dockerignore admits.
COPY . .
# The sources of the web page are not needed below.
RUN /app/.venv/bin/python -m api.export_openapi /openapi.json \
    && /app/.venv/bin/python -m web.code_excerpts /code-excerpts.json && rm -r docs web

FROM node:22.20.0-bookworm-slim AS page
WORKDIR /app/web
COPY web/package.json web/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY docs/bpmn ../docs/bpmn
COPY web ./
COPY --from=code /openapi.json /code-excerpts.json .generated/
RUN npm run types && npm run build

FROM python:3.11.14-slim-bookworm
# /data holds the simulators' state; a new volume takes over its owner.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin app \
    && install -d -o app -g app /data
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
COPY --from=dependencies /app/.venv .venv
COPY --from=code /code .
COPY --from=page /app/web/dist web/dist
# The user may not write here, and modules that are not compiled would be compiled for each workflow run.
RUN python -m compileall -q .
USER app
# No default process: each container must name its command.
CMD ["python", "-c", "raise SystemExit('Name the process to run: see docker-compose.yml.')"]
