/** A page's pictures as data URIs. */
export * from '../../src/local/encode-picture.js';
