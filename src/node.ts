/** What Node imports: all that a browser has, and Dawn. */
export * from './index.js';
export { dawn, openDawnDevice } from './dawn.js';
