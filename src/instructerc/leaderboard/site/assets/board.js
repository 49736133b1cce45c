'use strict';
// Theme, search, filters, order of rows and the line of records. Without it every page can still be read whole.

const root = document.documentElement;

function stored(value) {
  try {
    if (value) localStorage.setItem('theme', value);
    return localStorage.getItem('theme');
  } catch {
    return null;
  }
}

if (stored()) root.dataset.theme = stored();

function startTheme() {
  const button = document.querySelector('.theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);
  const name = () => {
    button.firstChild.textContent = dark() ? 'Light theme' : 'Dark theme';
    button.title = button.firstChild.textContent;
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    stored(root.dataset.theme);
    name();
  });
  system.addEventListener('change', name);
  name();
}

const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Returns what matches all words: names before other words, beginnings before middles. */
function find(query, most = 12) {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const hits = [];
  FINDS.forEach(([kind, title, more, path], place) => {
    const name = plain(title);
    const rest = plain(`${kind} ${more}`);
    let score = 0;
    for (const word of words) {
      if (name.startsWith(word)) score += 4;
      else if (name.includes(` ${word}`)) score += 3;
      else if (name.includes(word)) score += 2;
      else if (rest.includes(word)) score += 1;
      else return;
    }
    // A paper or a page of its own is looked for more often than one of its rows.
    hits.push({ kind, title, more, path, score: score - (kind === 'Result' ? 0.5 : 0), place });
  });
  return hits.sort((a, b) => b.score - a.score || a.place - b.place).slice(0, words.length ? most : 0);
}

function startSearch() {
  const form = document.querySelector('.search');
  const input = form.querySelector('input');
  const list = form.querySelector('ul');
  const base = document.querySelector('.brand').getAttribute('href').replace('index.html', '');
  let chosen = -1;
  form.hidden = false;

  const close = () => {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
    chosen = -1;
  };
  const options = () => [...list.querySelectorAll('[role=option][data-path]')];
  const choose = (next) => {
    const all = options();
    if (!all.length) return;
    chosen = (next + all.length) % all.length;
    all.forEach((option, place) => option.setAttribute('aria-selected', String(place === chosen)));
    input.setAttribute('aria-activedescendant', all[chosen].id);
    all[chosen].scrollIntoView({ block: 'nearest' });
  };
  const go = (option) => {
    close();
    location.href = base + option.dataset.path;
  };
  const show = () => {
    const hits = find(input.value);
    const items = hits.map((hit, place) => {
      const item = document.createElement('li');
      const [kind, title, more] = ['span', 'b', 'small'].map((tag) => document.createElement(tag));
      kind.textContent = hit.kind;
      title.textContent = hit.title;
      title.style.fontWeight = 560;
      more.textContent = hit.more;
      item.append(kind, title, ...(hit.more ? [more] : []));
      item.id = `found-${place}`;
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', 'false');
      item.dataset.path = hit.path;
      item.addEventListener('click', () => go(item));
      return item;
    });
    const asked = input.value.trim() !== '';
    if (asked && !items.length) {
      const none = document.createElement('li');
      none.textContent = 'Nothing found';
      none.className = 'none';
      none.setAttribute('role', 'option');
      none.setAttribute('aria-disabled', 'true');
      items.push(none);
    }
    list.replaceChildren(...items);
    chosen = -1;
    list.hidden = !asked;
    input.setAttribute('aria-expanded', String(asked));
    input.removeAttribute('aria-activedescendant');
    document.querySelector('#said').textContent = asked ? `${hits.length || 'nothing'} found` : '';
  };
  input.addEventListener('input', show);
  // A press on a found page must not take the focus away, which would close the list before the click.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  input.addEventListener('focus', () => input.value && show());
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') choose(chosen + 1);
    else if (event.key === 'ArrowUp') choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === 'Escape' && !list.hidden) close();
    else return;
    event.preventDefault();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const target = options()[Math.max(chosen, 0)];
    if (target) go(target);
  });
  document.addEventListener('click', (event) => form.contains(event.target) || close());
  form.addEventListener('focusout', (event) => form.contains(event.relatedTarget) || setTimeout(close, 150));
  document.addEventListener('keydown', (event) => {
    const typing = /^(input|select|textarea)$/i.test(document.activeElement.tagName);
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      input.focus();
    }
  });
}

const SVG = 'http://www.w3.org/2000/svg';

/** Draws the line through the best of the shown points, and names those that fit. */
function drawRecords(plot) {
  const dots = [...plot.querySelectorAll('.dot:not(.off)')].map((node) => ({ node, x: +node.dataset.x, y: +node.dataset.y }));
  dots.sort((a, b) => a.x - b.x || a.y - b.y);
  const own = dots.filter(({ node }) => !node.dataset.repeats);
  const records = own.filter((dot, place) => own.slice(0, place).every((other) => other.y > dot.y));
  const corners = records.map(({ x, y }) => [x, y]);
  if (corners.length) corners.push([98, corners.at(-1)[1]]);
  const lines = [];
  corners.slice(1).forEach(([x, y], place) => {
    const [fromX, fromY] = corners[place];
    for (const [x1, y1, x2, y2] of [[fromX, fromY, x, fromY], [x, fromY, x, y]]) {
      const line = document.createElementNS(SVG, 'line');
      Object.entries({ x1, y1, x2, y2 }).forEach(([key, value]) => line.setAttribute(key, `${value}%`));
      lines.push(line);
    }
  });
  plot.querySelector('.steps').replaceChildren(...lines);
  const frame = plot.getBoundingClientRect();
  const taken = dots.map(({ node }) => node.querySelector('path').getBoundingClientRect());
  plot.querySelectorAll('.named, .after').forEach((node) => node.classList.remove('named', 'after'));
  for (const { node } of [...records].reverse()) {
    node.classList.add('named');
    const text = node.querySelector('text');
    const fits = () => {
      const box = text.getBoundingClientRect();
      const meets = (other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top;
      return box.left >= frame.left + frame.width * 0.04 && box.right <= frame.right && !taken.some(meets);
    };
    if (!fits()) node.classList.add('after');
    if (fits()) taken.push(text.getBoundingClientRect());
    else node.classList.remove('named', 'after');
  }
}

function startFilters() {
  const form = document.querySelector('.filters');
  if (!form) return;
  const table = form.parentElement.querySelector('.ranked');
  const plot = document.querySelector('.plot');
  const rows = [...table.tBodies[0].rows];
  const dots = new Map([...plot.querySelectorAll('.dot')].map((dot) => [`r-${dot.dataset.id}`, dot]));
  const names = ['context', 'modality', 'size', 'since', 'all', 'seen'];
  form.hidden = false;

  const wanted = (row, state) => {
    const { context, modality, size, date, kind, seen } = row.dataset;
    const [least, most] = state.size.split('-').map((text) => (text ? +text : Infinity));
    return (
      (!state.context || context === state.context) &&
      (!state.modality || modality === state.modality) &&
      (!state.size || (size !== undefined && +size > (least === 0 ? -1 : least) && +size <= most)) &&
      (!state.since || date >= state.since) &&
      (state.all || kind === 'main') &&
      (!state.seen || seen)
    );
  };
  const state = () => ({
    ...Object.fromEntries(['context', 'modality', 'size', 'since'].map((name) => [name, form.elements[name].value])),
    all: form.elements.all.checked,
    seen: form.elements.seen.checked,
  });
  const apply = () => {
    const now = state();
    const shown = rows.filter((row) => wanted(row, now));
    rows.forEach((row) => {
      const off = !shown.includes(row);
      row.classList.toggle('off', off);
      dots.get(row.id)?.classList.toggle('off', off);
    });
    shown.forEach((row) => {
      const better = shown.filter(({ dataset }) => dataset.kind === 'main' && !dataset.repeats && +dataset.value > +row.dataset.value);
      row.querySelector('.rank').textContent = row.dataset.repeats ? '–' : better.length + 1;
    });
    form.querySelector('#shown').textContent = `${shown.length} of ${rows.length} rows`;
    drawRecords(plot);
  };
  const write = () => {
    const now = state();
    const parts = names.filter((name) => now[name]).map((name) => `${name}=${now[name] === true ? 1 : now[name]}`);
    try {
      history.replaceState(null, '', `#${parts.join('&') || 'results'}`);
    } catch {
      // A browser that does not let a file change its own address keeps the filters to itself.
    }
  };
  const read = () => {
    const hash = decodeURIComponent(location.hash.slice(1));
    const row = hash.startsWith('r-') && document.getElementById(hash);
    if (row && !wanted(row, state())) {
      form.reset();
      form.elements.all.checked = true;
    } else if (hash.includes('=')) {
      const given = new URLSearchParams(hash);
      names.forEach((name) => {
        const field = form.elements[name];
        if (field.type === 'checkbox') field.checked = given.has(name);
        else if ([...field.options].some((option) => option.value === (given.get(name) ?? ''))) field.value = given.get(name) ?? '';
      });
    }
    apply();
    if (row) {
      row.scrollIntoView({ block: 'center' });
      row.querySelector('details').open = true;
    }
  };
  form.addEventListener('change', () => {
    apply();
    write();
  });
  form.addEventListener('reset', () => setTimeout(() => {
    apply();
    write();
  }));
  addEventListener('hashchange', read);
  let width = 0;
  new ResizeObserver(() => {
    if (plot.clientWidth !== width) drawRecords(plot);
    width = plot.clientWidth;
  }).observe(plot);
  read();
}

function startSorting() {
  for (const head of document.querySelectorAll('th[data-sort]')) {
    const button = document.createElement('button');
    const table = head.closest('table');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    const key = head.dataset.sort;
    if (key === 'value') head.setAttribute('aria-sort', 'descending');
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') !== 'descending';
      table.querySelectorAll('[aria-sort]').forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const value = ({ dataset }) => (key === 'date' ? Date.parse(dataset.date) : key === 'rank' ? -dataset.value : +(dataset[key] ?? NaN));
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const [first, second] = [value(a), value(b)];
        // Unknown ones stay at the end either way.
        if (Number.isNaN(first) || Number.isNaN(second)) return Number.isNaN(first) - Number.isNaN(second);
        return (down ? second - first : first - second) || b.dataset.value - a.dataset.value;
      });
      table.tBodies[0].append(...rows);
    });
  }
}

document.addEventListener('DOMContentLoaded', () => {
  startTheme();
  startSearch();
  startSorting();
  startFilters();
});
