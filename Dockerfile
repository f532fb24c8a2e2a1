# Weft as a container: one process, one volume. See docs/operators/install.md.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/weft
# The dependencies first: they change seldom, so this layer is kept between builds.
COPY constraints.txt pyproject.toml ./
RUN python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' > requirements.txt \
    && /opt/weft/bin/pip install --no-cache-dir --constraint constraints.txt --requirement requirements.txt
COPY README.md LICENSE ./
COPY weft weft
RUN /opt/weft/bin/pip install --no-cache-dir --no-deps .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin weft \
    && install --directory --owner weft --group weft --mode 0750 /data
COPY --from=build /opt/weft /opt/weft
ENV PATH=/opt/weft/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WEFT_DATA=/data \
    WEFT_BIND_HOST=0.0.0.0 \
    WEFT_BIND_PORT=8000 \
    WEFT_LOG_FORMAT=json
USER weft
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Time to finish what is in hand: requests, write groups, deliveries in flight.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["sh", "-c", "weft db migrate && exec weft serve"]
