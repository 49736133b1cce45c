// Every section is drawn anew from the turns that the filters leave.

const MOST_QUOTES = 12;
const MOST_SPEAKERS = 30;
const quotesShown = { points: MOST_QUOTES, least: MOST_QUOTES };

function drawShares(turns) {
  const counts = countLabels(turns);
  const total = turns.length || 1;
  const items = DATA.order
    .filter((label) => counts[label] > 0)
    .sort((a, b) => counts[b] - counts[a])
    .map((label) => make('li', {}, badge(label), ` ${percent(counts[label] / total)} `, make('span', { class: 'muted' }, `(${counts[label].toLocaleString('en')})`)));
  document.getElementById('shares').replaceChildren(stacked(counts, true), make('ul', { class: 'legend' }, items));
}

function drawPeriods(turns) {
  const known = turns.filter((turn) => turn.period !== null);
  const names = DATA.periods.names;
  const rows = [...groupTurns(known, (turn) => turn.period)].sort((a, b) => a[0] - b[0]).map(([period, own]) =>
    make('tr', {}, make('th', { scope: 'row' }, names[period]), make('td', { class: 'number' }, own.length.toLocaleString('en')), make('td', {}, shareText(countLabels(own)))),
  );
  const heads = [DATA.periods.kind, 'turns', 'emotions'].map((head) => make('th', { scope: 'col' }, head));
  const table = make('table', {}, make('thead', {}, make('tr', {}, heads)), make('tbody', {}, rows));
  const unknown = turns.length - known.length;
  document.getElementById('periods').replaceChildren(
    columns(known, false),
    make('div', { class: 'ends' }, make('span', {}, names[0]), make('span', {}, names.at(-1))),
    ...(unknown ? [make('p', { class: 'muted small' }, `${plural(unknown, 'turn')} of conversations without a date are left out here.`)] : []),
    make('details', { class: 'small' }, make('summary', {}, 'As a table'), table),
  );
}

function drawQuotes(id, turns, withBefore) {
  const shown = turns.slice(0, quotesShown[id]);
  const more = () => {
    quotesShown[id] += MOST_QUOTES * 4;
    drawQuotes(id, turns, withBefore);
  };
  document.getElementById(id).replaceChildren(
    shown.length ? make('ul', { class: 'quotes' }, shown.map((turn) => quote(turn, withBefore))) : make('p', { class: 'empty' }, 'None among the turns that the filters leave.'),
    ...(turns.length > shown.length ? [make('button', { type: 'button', class: 'more', onclick: more }, `Show more: ${plural(turns.length - shown.length, 'turn')} left`)] : []),
  );
}

function drawSpeakers(turns) {
  const groups = [...groupTurns(turns, (turn) => turn.speaker)].sort((a, b) => b[1].length - a[1].length);
  const rows = groups.slice(0, MOST_SPEAKERS).map(([speaker, own]) => {
    const shifts = own.filter((turn) => turn.from !== null).length;
    const talks = new Set(own.map((turn) => turn.talk)).size;
    return make(
      'tr',
      {},
      make('th', { scope: 'row', dir: 'auto' }, DATA.speakers[speaker]),
      make('td', { class: 'number' }, own.length.toLocaleString('en')),
      make('td', { class: 'number' }, talks.toLocaleString('en')),
      make('td', {}, stacked(countLabels(own), false)),
      make('td', {}, columns(own.filter((turn) => turn.period !== null), true)),
      make('td', { class: 'number' }, percent(shifts / own.length)),
    );
  });
  const heads = ['Speaker', 'Turns', 'Conversations', 'Emotions', `By ${DATA.periods.kind}`, 'Turns that shift'];
  const table = make('table', {}, make('thead', {}, make('tr', {}, heads.map((head, at) => make('th', { scope: 'col', class: [1, 2, 5].includes(at) ? 'number' : null }, head)))), make('tbody', {}, rows));
  const left = groups.length - rows.length;
  document.getElementById('speakers').replaceChildren(
    rows.length ? make('div', { class: 'wide', tabindex: '0', role: 'group', 'aria-label': 'Speakers' }, table) : make('p', { class: 'empty' }, 'No turn fits the filters.'),
    ...(left > 0 ? [make('p', { class: 'muted small' }, `${plural(left, 'speaker')} with fewer turns are in the CSV file.`)] : []),
  );
}

function readFilters() {
  const form = document.getElementById('filters');
  const number = (name) => (form.elements[name].value === '' ? null : Number(form.elements[name].value));
  const [least, most] = form.elements.confidence.value.split('-').map(Number);
  return { words: form.elements.words.value, speaker: number('speaker'), label: number('label'), period: number('period'), least, most, turning: form.elements.turning.checked };
}

function draw() {
  const turns = filterTurns(readFilters());
  const talks = new Set(turns.map((turn) => turn.talk)).size;
  document.getElementById('said').textContent =
    turns.length === TURNS.length ? `All ${plural(turns.length, 'turn')} of ${plural(talks, 'conversation')}` : `${plural(turns.length, 'turn')} of ${plural(talks, 'conversation')}, out of ${TURNS.length.toLocaleString('en')}`;
  drawShares(turns);
  drawPeriods(turns);
  drawTalks(turns);
  drawQuotes('points', turns.filter((turn) => turn.from !== null).sort((a, b) => b.strength - a.strength), true);
  drawSpeakers(turns);
  drawQuotes('least', [...turns].sort((a, b) => a.confidence - b.confidence), false);
}

(() => {
  const form = document.getElementById('filters');
  const option = (value, name) => make('option', { value: String(value) }, name);
  const bySize = [...groupTurns(TURNS, (turn) => turn.speaker)].sort((a, b) => b[1].length - a[1].length);
  form.elements.speaker.append(...bySize.map(([speaker, own]) => option(speaker, `${DATA.speakers[speaker]} (${own.length})`)));
  const counts = countLabels(TURNS);
  form.elements.label.append(...DATA.order.filter((label) => counts[label] > 0).map((label) => option(label < DATA.labels.length ? label : -1, labelName(label))));
  form.elements.period.append(...DATA.periods.names.map((name, period) => option(period, name)));
  let waiting = 0;
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, 120);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => setTimeout(draw, 0));
  form.hidden = false;
  draw();
})();
