#!/usr/bin/env bash
# One-node Slurm without systemd, as root: munged, slurmctld, slurmd by hand; for slurm.test.ts.
#   SLURM_CI=FOLDER slurm.sh up | down
set -euo pipefail
S=${SLURM_CI:?a folder for its state}
export SLURM_CONF=$S/slurm.conf
HOST=$(hostname -s)
up() {
  mkdir -p "$S"/{state,spool,log} /run/munge /var/log/munge /var/lib/munge /etc/munge
  [ -s /etc/munge/munge.key ] || { dd if=/dev/urandom of=/etc/munge/munge.key bs=1024 count=1 status=none; chmod 400 /etc/munge/munge.key; }
  chown -R munge:munge /run/munge /var/log/munge /var/lib/munge /etc/munge
  pidof munged >/dev/null || { runuser -u munge -- /usr/sbin/munged --num-threads=2; touch "$S/munged"; }
  cat > "$SLURM_CONF" <<CONF
ClusterName=ci
SlurmctldHost=$HOST
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5
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
KillWait=10
MinJobAge=3600
SchedulerParameters=sched_interval=5,bf_interval=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobCompType=jobcomp/filetxt
JobCompLoc=$S/log/jobcomp.txt
NodeName=$HOST NodeAddr=127.0.0.1 CPUs=2 RealMemory=8000 State=UNKNOWN
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=${GRACE:-20} MaxTime=INFINITE State=UP
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP
CONF
  /usr/sbin/slurmctld -c || /usr/sbin/slurmctld
  nice -n 15 /usr/sbin/slurmd
  for _ in $(seq 30); do sinfo -h -o %T 2>/dev/null | grep -qx idle && break; sleep 1; done
  sinfo
}
down() {
  local d pid
  for d in slurmd slurmctld; do
    [ -s "$S/$d.pid" ] || continue
    pid=$(cat "$S/$d.pid")
    kill "$pid" || continue
    for _ in $(seq 300); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done # it writes its state first
    kill -KILL "$pid" 2>/dev/null || true
  done
  if [ -e "$S/munged" ]; then kill "$(pidof munged)" || true; fi
}
"$@"
