/**
 * Runs in the page, after Vega and the specifications of its charts: draws each chart once it comes near the window.
 * It stands in the page as text, so it imports nothing.
 */
import type { Spec, View } from 'vega';

declare const vega: typeof import('vega');

interface Drawing {
  readonly spec: Spec;
  readonly renderer: 'svg' | 'canvas';
}

/** How near to the window, so that a drawing is there before it is seen. */
const NEAR = '600px';
const STEP = 0.2, CLOSER = 0.7;

const drawings = JSON.parse(document.getElementById('charts')!.textContent!) as Record<string, Drawing>;
const views: { readonly view: View; readonly container: HTMLElement }[] = [];
const tip = document.createElement('div');
tip.className = 'tip';
tip.setAttribute('role', 'tooltip');
tip.hidden = true;
document.body.append(tip);

const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    observer.unobserve(target);
    void draw(target as HTMLElement, drawings[target.id]);
  }
}, { rootMargin: NEAR });
for (const id of Object.keys(drawings)) observer.observe(document.getElementById(id)!);

// A canvas keeps the colours it was drawn with.
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const { view, container } of views) {
    ink(container);
    void view.resize().runAsync();
  }
});
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') tip.hidden = true;
});

async function draw(figure: HTMLElement, { spec, renderer }: Drawing): Promise<void> {
  figure.classList.add('drawn');
  const container = figure.querySelector<HTMLElement>('.live')!;
  const view = new vega.View(vega.parse(spec), { renderer, container, hover: true, tooltip });
  ink(container);
  await view.runAsync();
  views.push({ view, container });
  linkRows(figure.id, view, spec);
  figure.dataset.drawn = 'yes';
  if (spec.signals?.some(({ name }) => name === 'zoom')) keys(view, container, spec.description ?? '');
}

/**
 * Rows and points that belong together: a table's body names its chart in data-marks and each row its point in data-mark. The
 * row pointed at or focused is ringed in the chart (its signal `chosen`), and a click on a point goes to its row.
 */
function linkRows(id: string, view: View, { signals }: Spec): void {
  const table = document.querySelector<HTMLElement>(`[data-marks="${id}"]`);
  if (!table || !signals?.some(({ name }) => name === 'chosen')) return;
  const rowOf = (target: EventTarget | null): HTMLElement | null => (target as Element | null)?.closest<HTMLElement>('[data-mark]') ?? null;
  const choose = (row: HTMLElement | null): void => {
    for (const other of table.querySelectorAll('.chosen')) other.classList.remove('chosen');
    row?.classList.add('chosen');
    void view.signal('chosen', row ? Number(row.dataset.mark) : -1).runAsync();
  };
  table.addEventListener('pointerover', ({ target }) => choose(rowOf(target)));
  table.addEventListener('pointerleave', () => choose(null));
  table.addEventListener('focusin', ({ target }) => choose(rowOf(target)));
  table.addEventListener('focusout', () => choose(null));
  view.addEventListener('click', (_, item) => {
    const mark = (item?.datum as { mark?: number } | undefined)?.mark;
    const row = mark === undefined ? null : table.querySelector<HTMLElement>(`[data-mark="${mark}"]`);
    if (!row) return;
    row.scrollIntoView({ block: 'center' });
    row.querySelector<HTMLElement>('a')?.focus({ preventScroll: true });
  });
}

/** What "currentColor" is to a canvas: browsers look at its own style, not at what it inherits. */
function ink(container: HTMLElement): void {
  const canvas = container.querySelector('canvas');
  if (canvas) canvas.style.color = getComputedStyle(container).color;
}

/** Text only, whatever a layer or a class is called. */
function tooltip(_: unknown, event: MouseEvent, __: unknown, value: unknown): void {
  tip.hidden = value === null || value === undefined || value === '';
  if (tip.hidden) return;
  const rows = typeof value === 'object' ? Object.entries(value as object).map(([name, v]) => `${name}: ${v}`) : [String(value)];
  tip.textContent = rows.join('\n');
  const { width, height } = tip.getBoundingClientRect();
  const edge = 8, away = 14;
  const right = document.documentElement.clientWidth - width - edge;
  tip.style.left = `${Math.max(edge, Math.min(event.clientX + away, right))}px`;
  tip.style.top = `${event.clientY + away + height + edge > innerHeight ? event.clientY - away - height : event.clientY + away}px`;
}

/** Arrow keys move and plus and minus zoom what the mouse drags and its wheel zooms; 0 and Home show everything again. */
function keys(view: View, container: HTMLElement, label: string): void {
  const whole = (view.scale('x') as { domain(): [number, number] }).domain();
  container.tabIndex = 0;
  container.setAttribute('role', 'application');
  container.setAttribute('aria-label', `${label} Arrow keys move, plus and minus zoom, Home shows everything.`);
  container.addEventListener('keydown', (event) => {
    const [low, high] = (view.scale('x') as { domain(): [number, number] }).domain();
    const span = high - low, middle = (low + high) / 2;
    const zoomed = (factor: number): [number, number] => [middle - (span * factor) / 2, middle + (span * factor) / 2];
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [low - STEP * span, high - STEP * span],
      ArrowRight: [low + STEP * span, high + STEP * span],
      '+': zoomed(CLOSER),
      '=': zoomed(CLOSER),
      '-': zoomed(1 / CLOSER),
      0: whole,
      Home: whole,
    };
    if (!(event.key in moves) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    void view.signal('zoom_x', moves[event.key]).runAsync();
  });
}
