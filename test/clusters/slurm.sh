#!/usr/bin/env bash
# One-node Slurm without systemd, as root: munged, slurmctld, slurmd by hand; for slurm.test.ts. Its own key, sockets and ports, so that
# it meets no other daemon of this host.
#   SLURM_CI=FOLDER SLURM_PORTS="CONTROLLER NODE" slurm.sh up | down
set -euo pipefail
S=${SLURM_CI:?a folder for its state}
export SLURM_CONF=$S/slurm.conf
HOST=$(hostname -s)
M=$S/munge
up() {
  local controller node
  read -r controller node <<< "${SLURM_PORTS:?two free ports}"
  mkdir -p "$S"/{state,spool,log} "$M"
  dd if=/dev/urandom of="$M/key" bs=1024 count=1 status=none
  chmod 400 "$M/key"
  /usr/sbin/munged --num-threads=2 --socket="$M/socket" --key-file="$M/key" --pid-file="$S/munged.pid" --seed-file="$M/seed" \
    --log-file="$S/log/munged.log"
  cat > "$SLURM_CONF" <<CONF
ClusterName=ci
SlurmctldHost=$HOST(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$node
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$M/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$S/state
SlurmdSpoolDir=$S/spool
SlurmctldPidFile=$S/slurmctld.pid
SlurmdPidFile=$S/slurmd.pid
SlurmctldLogFile=$S/log/slurmctld.log
SlurmdLogFile=$S/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
JobRequeue=1
KillWait=30
MinJobAge=3600
SchedulerParameters=sched_interval=5,bf_interval=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobCompType=jobcomp/filetxt
JobCompLoc=$S/log/jobcomp.txt
NodeName=$HOST NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=${GRACE:-20} MaxTime=INFINITE State=UP
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP
CONF
  /usr/sbin/slurmctld -c
  nice -n 15 /usr/sbin/slurmd
  for _ in $(seq 120); do
    if sinfo -h -o %T 2>/dev/null | grep -qx idle; then return; fi
    sleep 0.5
  done
  echo "the node is not idle after 60 s: $(sinfo 2>&1)"
  tail -n 20 "$S"/log/*.log
  return 1
}
down() {
  local d pid
  for d in slurmd slurmctld munged; do
    [ -s "$S/$d.pid" ] || continue
    pid=$(cat "$S/$d.pid")
    kill "$pid" || continue
    for _ in $(seq 300); do ends "$pid" && break; sleep 0.1; done # it writes its state first
    ends "$pid" || kill -KILL "$pid" || true
  done
}
# Gone, or a zombie that nobody waits for.
ends() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:\sZ' "/proc/$1/status" 2>/dev/null; }
"$@"
