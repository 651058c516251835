/** Tables on pages: those of src/report. */
export { difference, folded, MARKED, pageTable, type PageTable } from '../../src/report/page/table.js';
