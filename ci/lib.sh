# What the scripts of ci/ share. Sourced by them: bash only.
# shellcheck shell=bash disable=SC2034 # what is set here is used there

set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
CI=$ROOT/ci
PROGRAM=ci/$(basename -- "$0")
# Debian's Python, to which the python3-* packages belong; another python3 may come first on PATH.
PYTHON=/usr/bin/python3
JOBS=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
STEP=0 # process group of the step that runs now

# What a caller's environment must not change: where Python looks for modules, the language of messages, caches that
# would be left in the source tree.
unset PYTHONPATH PYTHONHOME PYTEST_ADDOPTS CDPATH GREP_OPTIONS
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1

say()
{
    printf '%s: %s\n' "$PROGRAM" "$*"
}

complain()
{
    printf '%s: %s\n' "$PROGRAM" "$*" >&2
}

# give_up CODE TEXT...
give_up()
{
    local code=$1
    shift
    complain "$@"
    exit "$code"
}

# The comment at the head of a script is its manual.
print_usage()
{
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

no_operands()
{
    case ${1-} in
    '') ;;
    -h | --help)
        print_usage
        exit 0
        ;;
    *) give_up 4 "unknown argument '$1'; see $PROGRAM --help" ;;
    esac
}

stop_step()
{
    [ "$STEP" = 0 ] || kill -TERM -- "-$STEP" 2>/dev/null || true
    STEP=0
}

# end_cleanly [COMMAND...]: nothing that a step started outlives the script, however the script ends. The command, run
# when the script is interrupted, says what was found until then.
LAST_WORDS=(true)
end_cleanly()
{
    [ $# -eq 0 ] || LAST_WORDS=("$@")
    trap stop_step EXIT
    trap 'trap "" INT TERM HUP; stop_step; complain interrupted; "${LAST_WORDS[@]}" || true; exit 2' INT TERM HUP
}

# in_step COMMAND...: runs it in a process group of its own and without standard input. It runs in the background, for
# bash acts on a signal only when no foreground command runs. Gives the status of the command.
in_step()
{
    local status=0
    set -m
    "$@" </dev/null &
    STEP=$!
    set +m
    wait "$STEP" || status=$?
    stop_step
    return "$status"
}

# build_preset NAME [CMAKE OPTION...]: configures a preset of CMakePresets.json and builds it.
build_preset()
{
    local preset=$1 folder cache fresh=()
    shift
    folder=$(preset_folder "$preset")
    cache=$folder/CMakeCache.txt
    # A build folder that came along with a copied or moved tree still points to the old place.
    if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$cache"; then
        fresh=(--fresh)
    fi
    say "building $preset in ${folder#"$ROOT"/}/"
    # Joined by &&, for `set -e` is off wherever a caller looks at the status.
    (
        cd -- "$ROOT" && cmake --preset "$preset" "${fresh[@]}" --log-level=WARNING "$@" >/dev/null &&
            cmake --build --preset "$preset" --parallel "$JOBS" -- --quiet
    )
}

preset_folder()
{
    case $1 in
    release) printf '%s/build\n' "$ROOT" ;;
    *) printf '%s/build-%s\n' "$ROOT" "$1" ;;
    esac
}
