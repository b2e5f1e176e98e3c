# Shared by the commands of this folder; sourced, never run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# Fetched files live under target/, so `cargo clean` removes them and git never sees them.
libs=${BUYMODE_KAFKA_LIBS:-$root/target/kafka}

fail() { echo "$(basename "$0"): $*" >&2; exit 1; }

# Prints the comment block at the head of the calling command.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

need() { command -v "$1" >/dev/null || fail "$1 is not installed: apt-get install $2"; }

# Fetched completely? `fetch` writes the stamp last: the pom it obeyed and the number of files.
fetched() { [[ -f $libs/$1.ok && -d $libs/$1 && $(<"$libs/$1.ok") == "$(stamp "$1")" ]]; }
stamp() { echo "$(sha256sum <"$here/pom.xml" | cut -d' ' -f1) $(find "$libs/$1" -type f | wc -l)"; }

# Below the range that the kernel gives to outgoing connections (32768 and up), or a client's
# own socket could take a port between our look and the server's bind.
free_port() {
  local port
  while :; do
    port=$((12000 + (RANDOM << 15 | RANDOM) % 20000))
    (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# The process that DIR/pid names, if it is still the server that was started for DIR.
running() {
  local pid
  [[ -f $1/pid ]] && pid=$(<"$1/pid") && [[ -n $pid ]] \
    && { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF -- "$1"
}

# Runs "$@" with its output in DIR/stdout.log and its process id in DIR/pid. It dies with us
# when we are a supervisor (setpriv), and outlives us after `start`.
launch() {
  local dir=$1 tether=$2
  shift 2
  if [[ $tether == tethered ]] && command -v setpriv >/dev/null; then
    setpriv --pdeathsig KILL "$@" >>"$dir/stdout.log" 2>&1 </dev/null &
  else
    nohup "$@" >>"$dir/stdout.log" 2>&1 </dev/null &
  fi
  echo $! >"$dir/pid"
}

# await DIR SECONDS COMMAND...: until COMMAND succeeds; fails with the log's end if the server
# dies or takes longer.
await() {
  local dir=$1 limit=$2
  shift 2
  local deadline=$((SECONDS + limit))
  until "$@"; do
    running "$dir" || { tail -n 25 "$dir"/*.log >&2; fail "the server stopped while starting; logs are in $dir"; }
    ((SECONDS < deadline)) || { tail -n 25 "$dir"/*.log >&2; fail "not ready after $limit s; logs are in $dir"; }
    sleep 0.1
  done
}

# Orderly first, by force after 20 s.
stop_server() {
  local dir=$1 pid
  running "$dir" || { rm -f "$dir/pid"; return 0; }
  pid=$(<"$dir/pid")
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 200); do
    running "$dir" || { rm -f "$dir/pid"; return 0; }
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$dir/pid"
}

# supervise DIR SCRATCH: for a parent that may be killed at any instant. Waits until our
# standard input (descriptor 3) closes or the server ends. On the former the server is killed,
# and DIR deleted if SCRATCH is yes. Ctrl-C in a terminal reaches us too, but the parent decides.
supervise() {
  local dir=$1 scratch=$2 pid
  pid=$(<"$dir/pid")
  trap '' INT TERM HUP
  (
    cat <&3 >/dev/null || true
    if running "$dir" && [[ $(<"$dir/pid") == "$pid" ]]; then kill -9 "$pid" 2>/dev/null || true; fi
    # The server's last writes may race with the deletion.
    while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
    # Another process id: it was started again, and another supervisor looks after the folder.
    if [[ $scratch == yes && $(cat "$dir/pid" 2>/dev/null) == "$pid" ]]; then rm -rf "$dir"; fi
  ) >/dev/null 2>&1 &
  local watch=$!
  wait "$pid" || true
  # Ended by itself or by a test's kill -9: the parent may start it again on the same folder.
  if kill -0 "$watch" 2>/dev/null && [[ -d $dir ]]; then
    wait "$watch" || true
  fi
}
