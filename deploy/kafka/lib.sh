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

# 16 bytes in base64, as Kafka wants it, but of letters and digits alone: an identifier that began
# with a dash would read as an option.
random_cluster_id() { echo "$(head -c 15 /dev/urandom | base64 | tr '+/' 'AB')AA"; }

# The process that DIR/pid names, if it is still the server that was started for DIR. While a
# process turns into the program it is to run, its command line is empty for a moment: a living one
# is looked at twice.
running() {
  local pid
  [[ -f $1/pid ]] && pid=$(<"$1/pid") && [[ -n $pid ]] || return 1
  is_for "$pid" "$1" || { kill -0 "$pid" 2>/dev/null && sleep 0.2 && is_for "$pid" "$1"; }
}
is_for() { { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null | grep -qF -- "$2"; }

# launch DIR free|tethered COMMAND...: runs COMMAND with its output in DIR/stdout.log and its process
# id in DIR/pid. Free, it outlives us; tethered, it dies with us or with our parent.
launch() {
  local dir=$1 tether=$2
  shift 2
  if [[ $tether == free ]]; then
    nohup "$@" >>"$dir/stdout.log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
    return
  fi
  if command -v setpriv >/dev/null; then set -- setpriv --pdeathsig KILL "$@"; fi
  "$@" >>"$dir/stdout.log" 2>&1 </dev/null &
  server=$!
  echo "$server" >"$dir/pid"
  watch_parent "$dir" &
  watch=$!
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

# For a parent that may be killed at any instant: reads descriptor 3, our standard input, which
# only the parent can write to. When it closes, the server is killed, and DIR deleted if $scratch
# is yes. Watches from the launch on: a parent may be killed while the server starts.
watch_parent() {
  local dir=$1
  # Ctrl-C in a terminal reaches us too, but the parent decides.
  trap '' INT TERM HUP
  exec >/dev/null 2>&1
  cat <&3 || true
  if running "$dir" && [[ $(<"$dir/pid") == "$server" ]]; then kill -9 "$server" || true; fi
  # The server's last writes may race with the deletion.
  while kill -0 "$server"; do sleep 0.02; done
  # Another process id: it was started again, and another watch looks after the folder.
  if [[ $scratch == yes && $(cat "$dir/pid") == "$server" ]]; then rm -rf "$dir"; fi
}

# Stays until the parent goes. The server may end before, by itself or by a test's kill -9: the
# parent may then start it again on the same folder.
supervise() {
  trap '' INT TERM HUP
  exec >/dev/null 2>&1
  wait "$server" || true
  wait "$watch" || true
}
