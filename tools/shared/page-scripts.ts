/** The scripts of pages. */
export * from '../../src/local/page-scripts.js';
