# The service with its page, in a container; docs/serving.md says how to make the first API key.
#   docker build --tag instructerc .
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE NOTICE constraints.txt ./
COPY recipes recipes
COPY src src
RUN python -m venv /opt/instructerc && \
    /opt/instructerc/bin/pip install --no-cache-dir --constraint constraints.txt '.[serve,postgresql,office]'

FROM ${BASE}
# A number that does not change: the owner of what is in /data, also after the image was built anew.
RUN groupadd --gid 10001 instructerc && \
    useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin instructerc && \
    install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=build /opt/instructerc /opt/instructerc
ENV PATH=/opt/instructerc/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    INSTRUCTERC_DATABASE=sqlite:////data/sessions.db
USER 10001:10001
WORKDIR /data
# Nothing is written elsewhere, so the rest may be read-only.
VOLUME /data
EXPOSE 8000
# Past any proxy of the environment: this is about the process beside it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["instructerc"]
# An address that others can reach, so that requests need an API key.
CMD ["serve", "--host", "0.0.0.0"]
