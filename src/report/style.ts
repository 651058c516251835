/** The look of what only a report has. */
export const REPORT_STYLE = `
.conclusion { border-left: 4px solid var(--quiet); padding: .1rem 0 .1rem 1rem; margin: 1rem 0; }
.stack { display: flex; flex-wrap: wrap; gap: 1rem; }
.stack figure { margin: 0; width: 9rem; }
.stack img { display: block; width: 100%; height: auto; border-radius: 3px; }
.pixels img, .neighbors img { image-rendering: pixelated; }
.stack figcaption { font-weight: 400; font-size: .85rem; color: var(--quiet); }
.maps form { display: none; }
@media screen {
  .maps.stacked { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; }
  .stacked .stack { display: grid; flex: 0 1 26rem; min-width: 0; width: 26rem; max-width: 100%; }
  .stacked figure { grid-area: 1 / 1; width: 100%; }
  .stacked figcaption, .stacked .over[data-hidden] { display: none; }
  .stacked .over { opacity: var(--opacity, 1); pointer-events: none; }
  .stacked form { display: block; flex: 1 1 15rem; min-width: 0; }
}
.maps form p { margin-top: 0; }
.maps input[type=range] { width: min(16rem, 75%); accent-color: var(--link); vertical-align: middle; }
.maps output { font-variant-numeric: tabular-nums; margin-left: .4rem; }
fieldset { border: 1px solid var(--line); border-radius: 4px; padding: .4rem .9rem .7rem; margin: 0; min-width: 0; }
fieldset label { display: block; padding: .15rem 0 .15rem 1.6rem; text-indent: -1.6rem; }
input[type=radio] { accent-color: var(--link); margin: 0 .4rem 0 0; }
details { margin: .5rem 0 .75rem; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
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
