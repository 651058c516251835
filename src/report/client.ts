/** Runs in the page: the slider of the maps over a picture. It stands in the page as text, so it imports nothing. */

for (const maps of document.querySelectorAll<HTMLElement>('.maps')) {
  const form = maps.querySelector('form');
  if (!form) continue;
  const slider = form.querySelector<HTMLInputElement>('input[type=range]')!;
  const output = form.querySelector('output')!;
  const show = (): void => {
    maps.style.setProperty('--opacity', String(Number(slider.value) / 100));
    output.value = `${slider.value} %`;
    slider.setAttribute('aria-valuetext', output.value);
  };
  form.addEventListener('input', show);
  maps.classList.add('live');
  show();
}
