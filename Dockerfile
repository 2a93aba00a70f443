# The Graph API emulator alone. Build: docker build -t caudal-emulator .
# Run: docker run --rm -p 127.0.0.1:8000:8000 caudal-emulator --scenario small --speed 1440
# State that outlives the container: add -v caudal-state:/state and --state-file /state/emulator.jsonl
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements-uv.lock ./
COPY docker/emulator.lock docker/build.lock ./docker/
# Only what the emulator needs, in the versions and with the hashes of requirements.lock.
RUN python -m pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-uv.lock \
 && uv venv --quiet --python python3.11 /opt/caudal \
 && uv pip install --quiet --no-cache --python /opt/caudal --require-hashes -r docker/emulator.lock \
 && uv venv --quiet --python python3.11 /opt/build \
 && uv pip install --quiet --no-cache --python /opt/build --require-hashes -r docker/build.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY agents agents
COPY simulator simulator
COPY service service
COPY experiments experiments
RUN /opt/build/bin/python -m hatchling build -t wheel \
 && uv pip install --quiet --no-cache --python /opt/caudal --no-deps dist/*.whl

FROM python:3.11-slim
COPY --from=build /opt/caudal /opt/caudal
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin caudal \
 && install --directory --owner caudal /state
USER caudal
WORKDIR /state
VOLUME /state
ENV PATH=/opt/caudal/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
# Plain or with --tls: the certificate is no stranger to the machine that made it.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-m", "simulator.graph_api.health", "8000"]
ENTRYPOINT ["caudal", "emulate", "--host", "0.0.0.0", "--everyone-may-call", "--port", "8000"]
CMD ["--scenario", "small"]
