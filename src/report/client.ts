/** Runs in the page: the slider and the choice of the map over a picture. It stands in the page as text, so it imports nothing. */

for (const maps of document.querySelectorAll<HTMLElement>('.maps')) {
  const form = maps.querySelector('form');
  if (!form) continue;
  const overlays = [...maps.querySelectorAll<HTMLElement>('.over')];
  const slider = form.querySelector<HTMLInputElement>('input[type=range]')!;
  const output = form.querySelector('output')!;
  const show = (): void => {
    const chosen = form.querySelector<HTMLInputElement>('input[type=radio]:checked')?.value ?? overlays[0].dataset.map;
    for (const overlay of overlays) {
      overlay.toggleAttribute('data-hidden', overlay.dataset.map !== chosen);
      overlay.style.setProperty('--opacity', String(Number(slider.value) / 100));
    }
    output.value = `${slider.value} %`;
    slider.setAttribute('aria-valuetext', output.value);
  };
  form.addEventListener('input', show);
  maps.classList.add('stacked');
  show();
}
