# Plain instructions only: a builder needs nothing but the base image, and that is an argument.
# Any image with Python 3.11 or newer and venv will do:
#   docker build --build-arg BASE_IMAGE=registry.example/python:3.12 -t firstinline .
ARG BASE_IMAGE=python:3.11-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /src
RUN python3 -m venv /srv/firstinline
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# What changes rarely first: the layer of the dependencies is kept while only the code changes.
COPY requirements.txt ./
RUN /srv/firstinline/bin/python -m pip install -q --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
COPY migrations ./migrations
# Installed in place, where the migrations lie beside the code and alembic's settings in pyproject.toml.
RUN mkdir /srv/app && cp -r app migrations pyproject.toml README.md LICENSE /srv/app/ \
    && /srv/firstinline/bin/python -m pip install -q --no-deps --no-build-isolation -e /srv/app \
    && /srv/firstinline/bin/python -m compileall -q /srv/app/app

FROM ${BASE_IMAGE}
RUN groupadd --gid 10001 firstinline \
    && useradd --uid 10001 --gid firstinline --no-create-home --shell /usr/sbin/nologin firstinline \
    && install -d -o firstinline -g firstinline /data
COPY --from=build /srv /srv
ENV PATH=/srv/firstinline/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    FIRSTINLINE_DATABASE_URL=sqlite:////data/firstinline.db \
    FIRSTINLINE_HOST=0.0.0.0 \
    FIRSTINLINE_PORT=8000 \
    FIRSTINLINE_LOG_FORMAT=json
WORKDIR /data
VOLUME /data
USER firstinline
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['FIRSTINLINE_PORT'] + '/readyz', timeout=4)"]
CMD ["firstinline", "serve"]
