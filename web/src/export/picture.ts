// A plot as a picture of its own: looks that the page's style sheet gives are written into each element, since a picture has
// no style sheet; a title and the legend are added.

import { INK, PANEL } from '../looks/palette';
import { theme } from '../state/settings';
import { styles } from '../state/talk';
import { t } from '../words';
import { DEFINITIONS_ID, ON_PATTERN, paint } from '../view/plots/patterns';

export interface Picture {
  text: string;
  width: number;
  height: number;
}

const SVG = 'http://www.w3.org/2000/svg';
const MARGIN = 16;
const TITLE_HEIGHT = 34;
const LEGEND_ROW = 26;
const NOTE_HEIGHT = 18;
const PIXELS_PER_UNIT = 2;

// Presentation attributes, not style attributes, which content security policies may forbid where the picture is shown.
const LOOKS = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linejoin',
  'stroke-linecap',
  'paint-order',
  'opacity',
  'font-size',
  'font-weight',
  'font-family',
];
const NO_LOOKS = new Set(['defs', 'clipPath', 'pattern', 'title', 'g', 'svg']);

// What XML does not allow, even escaped.
function allowed(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
}

function element(name: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text) made.textContent = allowed(text);
  return made;
}

/** Copies an element with its looks; parts that are there for the pointer and for screen readers alone are left out. */
function copy(original: Element): Element | null {
  if (original.getAttribute('data-export') === 'no') return null;
  const made = original.cloneNode(false) as Element;
  for (const { name } of [...made.attributes]) {
    if (name === 'class' || name === 'role' || name === 'style' || /^(aria|data)-|^tabindex$/.test(name))
      made.removeAttribute(name);
  }
  const computed = getComputedStyle(original);
  if (!NO_LOOKS.has(original.localName)) {
    for (const look of LOOKS) {
      const value = computed.getPropertyValue(look);
      if (value) made.setAttribute(look, value);
    }
  } else if (computed.opacity !== '1') made.setAttribute('opacity', computed.opacity);
  for (const child of original.childNodes) {
    const copied = child instanceof Element ? copy(child) : document.createTextNode(allowed(child.textContent ?? ''));
    if (copied) made.append(copied);
  }
  return made;
}

/** Returns the legend as rows below the plot, and their height. */
function legend(width: number, top: number, ink: string): { group: SVGElement; height: number } {
  const group = element('g', { 'font-size': 13, fill: ink });
  const pen = document.createElement('canvas').getContext('2d');
  if (pen) pen.font = '13px system-ui, sans-serif';
  let [x, y] = [0, top];
  styles.value.forEach((style, place) => {
    const wide = 38 + (pen?.measureText(t(style.label)).width ?? t(style.label).length * 8) + 22;
    if (x > 0 && x + wide > width) [x, y] = [0, y + LEGEND_ROW];
    group.append(
      element('rect', { x, y, width: 30, height: 18, rx: 4, fill: paint(place) }),
      element(
        'text',
        { x: x + 15, y: y + 13, 'font-size': 11, 'font-weight': 600, fill: style.onColour, stroke: style.colour, ...ON_PATTERN },
        style.code,
      ),
      element('text', { x: x + 36, y: y + 13.5 }, t(style.label)),
    );
    x += wide;
  });
  return { group, height: y + LEGEND_ROW - top };
}

/** Returns a plot as a document of its own. */
export function toSvg(plot: SVGSVGElement, title: string, note: string, withLegend: boolean): Picture {
  const box = plot.viewBox.baseVal;
  const scaled = plot.hasAttribute('viewBox') && box.width > 0;
  const inner = scaled
    ? { width: box.width, height: box.height }
    : { width: plot.width.baseVal.value, height: plot.height.baseVal.value };
  const [ink, panel] = [INK[theme.value], PANEL[theme.value]];
  const below = TITLE_HEIGHT + inner.height + 10;
  const rows = withLegend ? legend(inner.width, below, ink) : { group: element('g', {}), height: 0 };
  const width = inner.width + 2 * MARGIN;
  const height = below + rows.height + NOTE_HEIGHT + 2 * MARGIN;
  const drawn = copy(plot) as SVGSVGElement;
  drawn.removeAttribute('id');
  drawn.setAttribute('y', String(TITLE_HEIGHT));
  drawn.setAttribute('width', String(inner.width));
  drawn.setAttribute('height', String(inner.height));
  const content = element('g', { transform: `translate(${MARGIN} ${MARGIN})`, fill: ink });
  content.append(
    element('text', { y: 15, 'font-size': 15, 'font-weight': 600 }, title),
    drawn,
    rows.group,
    element('text', { y: below + rows.height + 12, 'font-size': 12 }, note),
  );
  const root = element('svg', {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    'font-family': 'system-ui, sans-serif',
  });
  const patterns = document.getElementById(DEFINITIONS_ID)?.cloneNode(true);
  root.append(element('title', {}, title), element('rect', { width, height, fill: panel }), content);
  if (patterns) root.prepend(patterns);
  return { text: new XMLSerializer().serializeToString(root), width, height };
}

export async function toPng(picture: Picture): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([picture.text], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(picture.width * PIXELS_PER_UNIT);
    canvas.height = Math.round(picture.height * PIXELS_PER_UNIT);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the browser could not create the image'))), 'image/png');
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}
