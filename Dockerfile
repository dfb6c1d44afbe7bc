# Airflow's official image with the programme's own packages, exactly as locked. Runs as the image's
# user airflow (50000), never as root. Build needs BuildKit (Docker 23 and later have it).
FROM apache/airflow:3.3.2-python3.11

USER root
# Group root and group-writable, as in the base image, so that any user id of that group will do.
RUN install -d -o airflow -g root -m 2775 /opt/cpsa /var/lib/cpsa /var/lib/cpsa/inbox
COPY --chmod=0755 <<'EOF' /usr/local/bin/with-secrets
#!/usr/bin/env bash
# Runs a command with secrets from files: CPSA_SMTP_URL_FILE names the file that holds CPSA_SMTP_URL,
# and so on for every CPSA_*_FILE, and for PGPASSWORD_FILE, which the database's client reads.
set -euo pipefail
for name in "${!CPSA_@}" PGPASSWORD_FILE; do
    [[ $name == *_FILE && -n ${!name:-} ]] || continue
    value="$(<"${!name}")"
    export "${name%_FILE}=$value"
    unset "$name"
done
exec "$@"
EOF

USER airflow
WORKDIR /opt/cpsa
# Airflow itself is in the lock too, in the image's version, so it is left as it is.
COPY --chown=airflow:0 requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt && pip check
COPY --chown=airflow:0 pyproject.toml LICENSE ./
COPY --chown=airflow:0 include ./include
COPY --chown=airflow:0 dags ./dags
COPY --chown=airflow:0 plugins ./plugins
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

ENV AIRFLOW__CORE__DAGS_FOLDER=/opt/cpsa/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/cpsa/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    CPSA_HOME=/var/lib/cpsa

ENTRYPOINT ["/usr/bin/dumb-init", "--", "/usr/local/bin/with-secrets", "/entrypoint"]
