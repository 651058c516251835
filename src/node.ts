/** What Node imports: all that a browser has, Dawn, and files. */
export * from './index.js';
export { dawn, openDawnDevice } from './dawn.js';
export { decodePicture, readPicture } from './files/picture.js';
export { readWithin } from './files/external.js';
