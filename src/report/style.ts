/** The look of what only a report has. */
export const REPORT_STYLE = `
.conclusion { border-left: 4px solid var(--quiet); padding: .1rem 0 .1rem 1rem; margin: 1rem 0; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 24rem)); gap: 1rem 1.5rem; margin-bottom: .75rem; }
.others { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 9rem), 1fr)); gap: 1rem 1.5rem; max-width: 50rem; }
.beside { grid-column: span 2; display: grid; grid-template-columns: 1fr 1fr; gap: 1rem 1.5rem; }
.maps figure { margin: 0; min-width: 0; }
.maps img { display: block; width: 100%; height: auto; border-radius: 3px; }
.maps figcaption { font-weight: 400; font-size: .88rem; line-height: 1.4; color: var(--quiet); margin: .4rem 0 0; }
.on-grey { position: relative; }
.on-grey::before {
  content: ''; position: absolute; inset: 0; background: var(--seen) 0 0 / 100% 100%; filter: grayscale(1); border-radius: 3px;
  print-color-adjust: exact; -webkit-print-color-adjust: exact;
}
.on-grey .over { position: relative; opacity: var(--opacity, .65); }
.pixels img, .pixels .on-grey::before, .neighbors img { image-rendering: pixelated; }
.scale { max-width: 24rem; margin: .5rem 0; }
.bar {
  height: .8rem; border-radius: 3px; background: linear-gradient(to right, var(--bar)); print-color-adjust: exact;
  -webkit-print-color-adjust: exact;
}
.scale .ends { margin: .2rem 0 0; font-size: .85rem; color: var(--quiet); }
.maps form { display: none; }
@media screen { .maps.live form { display: block; } }
.maps input[type=range] { width: min(14rem, 60%); accent-color: var(--link); vertical-align: middle; }
.maps output { font-variant-numeric: tabular-nums; margin-left: .4rem; }
.filters tr.chosen { background: var(--raised); }
.neighbors {
  list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: 1rem; padding: 0; max-width: none;
}
.neighbors li { font-size: .88rem; line-height: 1.35; min-width: 0; }
.neighbors li > span { display: block; }
.neighbors img { display: block; width: 7rem; height: 7rem; object-fit: contain; margin-bottom: .3rem; }
@media (max-width: 30rem) { .filters th[scope=row] { overflow-wrap: anywhere; min-width: 7rem; } }
nav ul { columns: 16rem; padding-left: 1.2rem; max-width: none; }
article h1 { margin-top: 2rem; }
article + article { border-top: 2px solid var(--line); margin-top: 3.5rem; padding-top: 1rem; }
@media print {
  article h1 { margin-top: 2rem; }
  article + article { break-before: page; border: 0; margin: 0; }
  .neighbors { grid-template-columns: repeat(5, 1fr); }
  .neighbors img { width: 100%; }
}
`;
