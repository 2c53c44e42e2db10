# The service's image. Build it with `docker build -t hotfix .`; compose.yaml and deploy/helm run it.
ARG PYTHON_VERSION=3.13

FROM python:${PYTHON_VERSION}-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/hotfix
# Dependencies have their own layer, because they change less often than the code.
COPY requirements/service.txt requirements/service.txt
RUN /opt/hotfix/bin/pip install --require-hashes --only-binary :all: -r requirements/service.txt
COPY pyproject.toml README.md LICENSE ./
COPY hotfix hotfix
COPY app app
COPY action action
RUN /opt/hotfix/bin/pip install --no-deps .

FROM python:${PYTHON_VERSION}-slim-bookworm
LABEL org.opencontainers.image.title="hotfix" \
      org.opencontainers.image.description="Evaluates hotfix pull requests against the hotfix workflow, and ships them" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --no-create-home --home-dir /data hotfix && install -d -o hotfix -g hotfix -m 0750 /data
COPY --from=build /opt/hotfix /opt/hotfix
ENV PATH=/opt/hotfix/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOTFIX_DATABASE_URL=sqlite:////data/hotfix.db
# Set-up writes .env here, and SQLite stores its file here; everything else can be read-only.
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["hotfix"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
