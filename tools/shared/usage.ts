/** What is wrong in the command line itself, before anything is read: it ends with code 2, as no other try would go better. */
export class UsageError extends Error {}
