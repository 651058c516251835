/** The look of every page: the reader's own font and colours, a phone's width, print. */

/** Text on its ground has a contrast of at least 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3). */
export const STYLE = `
:root {
  color-scheme: light dark; --ground: #fdfdfc; --ink: #1c1e21; --quiet: #5a5f66; --line: #d9dbdf; --raised: #f3f4f5;
  --link: #0b5cad; --mark: #b3261e; --good: #1a5fb4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141619; --ink: #e6e7e9; --quiet: #a4a9b1; --line: #34383e; --raised: #1e2125;
    --link: #82b8f2; --mark: #f28b82; --good: #82b8f2;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.75rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .25rem; }
p, ul, ol, dl { max-width: 44rem; margin: .5rem 0 .9rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.lead { font-size: 1.1rem; }
.quiet, .how { color: var(--quiet); }
.how { font-size: .93rem; }
.mark { color: var(--mark); }
.good { color: var(--good); }
code, .file { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .92em; }
img, svg { max-width: 100%; }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; margin-bottom: .35rem; }
.chart { min-width: 0; }
.chart .still svg { display: block; width: 100%; height: auto; }
.chart .live { display: none; width: 100%; overflow: hidden; position: relative; }
.chart.drawn .still { display: none; }
.chart.drawn .live { display: block; }
.chart canvas { display: block; touch-action: pan-y; }
.tip {
  position: fixed; z-index: 9; pointer-events: none; white-space: pre-line; max-width: 20rem; padding: .35rem .55rem;
  border-radius: 4px; background: var(--ink); color: var(--ground); font-size: .85rem; line-height: 1.35;
  font-variant-numeric: tabular-nums;
}
.tip[hidden] { display: none; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; margin: .75rem 0; }
caption { text-align: left; font-weight: 600; padding-bottom: .35rem; }
th, td {
  text-align: left; padding: .28rem .9rem .28rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word;
}
th[scope=row] { font-weight: normal; }
thead th { font-weight: 600; border-bottom-color: var(--quiet); vertical-align: bottom; }
details { margin: .5rem 0 .75rem; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
dfn { font-style: normal; font-weight: 600; color: var(--ink); }
.glossary {
  margin: 1rem 0; padding: .5rem .9rem; background: var(--raised); border-radius: 4px; columns: 22rem; column-gap: 1.5rem;
}
.glossary p { break-inside: avoid; max-width: none; margin: .25rem 0; font-size: .93rem; color: var(--quiet); }
.forest { width: 100%; max-width: 54rem; table-layout: fixed; }
.forest th:first-child { width: 30%; } .forest thead th:last-child { width: 21%; } .forest td:last-child { overflow-wrap: normal; }
.forest svg { display: block; overflow: visible; color: var(--quiet); }
.forest svg line { stroke: currentColor; stroke-width: 2; } .forest svg circle { stroke: currentColor; stroke-width: 2; }
.claims .holds { color: var(--good); } .claims .contradicted { color: var(--mark); } .claims .undecided { color: var(--quiet); }
.claims .values { font-size: .88rem; color: var(--quiet); display: block; } .dots { letter-spacing: .15em; }
.forest svg .zero { stroke: var(--quiet); stroke-width: 1; } .forest svg .band { fill: var(--line); }
.forest .holds svg { color: var(--good); } .forest .contradicted svg { color: var(--mark); }
.forest .holds td:last-child { color: var(--good); } .forest .contradicted td:last-child { color: var(--mark); }
.forest .values { font-size: .85rem; color: var(--quiet); }
.forest .axis td { border: 0; font-size: .8rem; color: var(--quiet); text-align: center; }
.ends { display: flex; justify-content: space-between; gap: 1rem; }
.examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.5rem; margin: 1rem 0; }
.examples figure { margin: 0; min-width: 0; }
.examples .shown { display: flex; flex-wrap: wrap; gap: .5rem; }
.examples img { width: 7rem; height: 7rem; object-fit: contain; image-rendering: pixelated; }
.examples figcaption { font-weight: 600; }
nav.chapters ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: 0 0 1rem; max-width: none; }
nav.chapters [aria-current] { font-weight: 600; }
.number { text-align: right; }
td.number { white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .2rem 1rem; font-size: .93rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
@media (max-width: 30rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
  h1 { font-size: 1.4rem; }
  th, td { padding-right: .6rem; }
  .forest th:first-child { width: 32%; } .forest thead th:last-child { width: 24%; }
}
@media print {
  :root {
    color-scheme: light; --ground: #fff; --ink: #000; --quiet: #444; --line: #bbb; --raised: #fff;
    --link: #000; --mark: #8c1d18; --good: #0b3d7a;
  }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .chart.drawn .still { display: block; } .chart.drawn .live, .tip, .screen { display: none; }
  figure, tr, img { break-inside: avoid; } h2, h3, figcaption { break-after: avoid; }
}
`;
