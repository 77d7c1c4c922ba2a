# One image for web, worker and beat; docker-compose.yml says which is which.

FROM node:22-bookworm-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Pages need the minified files and the outline icons; maps, sources and filled icons stay behind.
RUN npm ci --omit=dev --ignore-scripts \
    && find node_modules -name '*.map' -delete \
    && rm -rf node_modules/@tabler/icons/icons/filled node_modules/@tabler/icons/*.json

FROM python:3.13-slim-bookworm AS build
ENV VIRTUAL_ENV=/venv PATH=/venv/bin:$PATH UV_LINK_MODE=copy
RUN python -m venv /venv
COPY requirements-installer.txt requirements.txt /tmp/
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements-installer.txt \
    && uv pip install --no-cache --compile-bytecode --require-hashes -r /tmp/requirements.txt \
    && pip uninstall --yes uv
WORKDIR /app
COPY . .
COPY --from=frontend /app/node_modules node_modules
RUN python -m scripts.messages compile \
    && VAR_DIR=/app/var python manage.py collectstatic --no-input --verbosity 0 \
    && rm -f var/*.sqlite3* \
    && mkdir -p var/media

FROM python:3.13-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/app/var WEB_CONCURRENCY=2
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin firstline
COPY --from=build /venv /venv
COPY --from=build /app /app
RUN chown firstline /app/var /app/var/media
WORKDIR /app
USER firstline
EXPOSE 8000
# gunicorn and Celery both finish what they are at; docker-compose.yml gives each the time for it.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "onboarding_portal/healthcheck.py"]
# No access log: addresses hold the secrets of links from mails.
CMD ["gunicorn", "--config", "python:onboarding_portal.serving", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm"]
