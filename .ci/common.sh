# What .ci/run and .ci/nightly share: nothing may be left out, and each stage says how long it took.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CI=true # a test that would be skipped fails
# Compiled modules start several times as fast, and the tests start many processes.
unset PYTHONDONTWRITEBYTECODE

# Tests look into PDFs (poppler), fill workbooks and open documents as an office does (LibreOffice),
# mail them to a real mailbox (Dovecot), open pages on a phone's screen (Chromium), live through a
# quarter in minutes (libfaketime) and have the shipped front server's file read (nginx).
install_programs() {
    if ! command -v pdftotext >/dev/null || ! command -v soffice >/dev/null \
        || ! /usr/bin/python3 -c 'import uno' 2>/dev/null \
        || ! [ -e /usr/lib/libreoffice/program/libswlo.so ] \
        || ! [ -x /usr/sbin/dovecot ] || ! [ -x /usr/bin/chromium ] || ! [ -x /usr/sbin/nginx ] \
        || ! ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends poppler-utils libreoffice-calc \
            libreoffice-writer python3-uno dovecot-imapd chromium libfaketime nginx-light
    fi
}

# beside TARGET OTHER…: from end to end (TARGET) much is waiting for Airflow's servers; the others use that time.
beside() {
    local whole end_to_end target failed=0
    whole=$(mktemp)
    stage make "$1" >"$whole" 2>&1 &
    end_to_end=$!
    for target in "${@:2}"; do
        # shellcheck disable=SC2086 # a target may have a variable behind it
        stage nice -n 5 make $target || failed=1
    done
    wait "$end_to_end" || failed=1
    cat "$whole"
    return "$failed"
}

# stage COMMAND…: run it, say how long that took, and end as it did.
stage() {
    local began=$SECONDS status=0
    "$@" || status=$?
    echo "stage $*: $((SECONDS - began)) seconds$( ((status == 0)) || echo ", failed")"
    return "$status"
}
