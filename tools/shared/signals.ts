/**
 * Schedulers warn with SIGUSR1 or SIGUSR2: either stops the program as SIGTERM does. Imported first, since Node opens its
 * debugger at a SIGUSR1 that nobody listens to.
 */
for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => process.kill(process.pid, 'SIGTERM'));
