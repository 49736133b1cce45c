// The conversations: ranked, sorted by any column, each opens in its place.

const MOST_TALKS = 50;
const COLUMNS = [
  ['name', 'Conversation', (row) => row.name, false],
  ['turns', 'Turns', (row) => row.turns.length, true],
  ['strip', 'Turn by turn', null, false],
  ['shifts', 'Shifts', (row) => row.shifts, true],
  ['turned', 'Turned by', (row) => row.strength, true],
  ['least', 'Least certain', (row) => row.least, true],
];
const sorted = { column: 'turned', up: false, shown: MOST_TALKS };
const opened = new Set();

function talkRows(turns) {
  return [...groupTurns(turns, (turn) => turn.talk)].map(([talk, hits]) => ({
    talk,
    hits: new Set(hits),
    turns: hits,
    name: DATA.talks[talk].name,
    shifts: hits.filter((turn) => turn.from !== null).length,
    strength: Math.max(...hits.map((turn) => turn.strength)),
    least: Math.min(...hits.map((turn) => turn.confidence)),
  }));
}

function sortRows(rows) {
  const value = COLUMNS.find(([name]) => name === sorted.column)[2];
  const sign = sorted.up ? 1 : -1;
  const compare = (a, b) => (typeof a === 'string' ? a.localeCompare(b, 'en', { numeric: true }) : a - b);
  return rows.sort((a, b) => sign * compare(value(a), value(b)) || a.talk - b.talk);
}

function transcript(row) {
  return make(
    'ol',
    { class: 'turns' },
    BY_TALK[row.talk].map((turn) =>
      make(
        'li',
        { class: row.hits.has(turn) && row.hits.size < BY_TALK[row.talk].length ? 'hit' : null, style: { 'border-color': colour(turn.unsure ? DATA.labels.length : turn.best) } },
        make('p', {}, make('span', { class: 'muted' }, `${turn.number} `), make('strong', { dir: 'auto' }, DATA.speakers[turn.speaker]), ' ', emotion(turn), turn.language ? make('span', { class: 'muted' }, ` (looks like ${turn.language})`) : null),
        turn.text === '' ? null : make('p', { dir: 'auto' }, turn.text),
      ),
    ),
  );
}

function drawTalks(turns) {
  const rows = sortRows(talkRows(turns));
  const heads = COLUMNS.map(([name, title, value, isNumber]) => {
    const direction = sorted.column === name ? (sorted.up ? 'ascending' : 'descending') : null;
    const mark = direction === null ? '' : sorted.up ? ' ▲' : ' ▼';
    const sort = () => {
      sorted.up = sorted.column === name ? !sorted.up : !isNumber || name === 'least';
      sorted.column = name;
      drawTalks(turns);
      document.querySelector(`[data-sort=${name}]`).focus();
    };
    const content = value === null ? title : make('button', { type: 'button', class: 'sort', 'data-sort': name, onclick: sort }, title + mark);
    return make('th', { scope: 'col', class: isNumber ? 'number' : null, 'aria-sort': direction }, content);
  });
  const body = rows.slice(0, sorted.shown).flatMap((row) => talkRow(row, turns));
  const table = make('table', { class: 'talks' }, make('thead', {}, make('tr', {}, heads)), make('tbody', {}, body));
  const left = rows.length - sorted.shown;
  const more = () => {
    sorted.shown += MOST_TALKS * 4;
    drawTalks(turns);
  };
  document.getElementById('talks').replaceChildren(
    rows.length ? make('div', { class: 'wide', tabindex: '0', role: 'group', 'aria-label': 'Conversations' }, table) : make('p', { class: 'empty' }, 'No turn fits the filters.'),
    ...(left > 0 ? [make('button', { type: 'button', class: 'more', onclick: more }, `Show more: ${plural(left, 'conversation')} left`)] : []),
  );
}

function talkRow(row, turns) {
  const { name, file } = DATA.talks[row.talk];
  const isOpen = opened.has(row.talk);
  const toggle = () => {
    if (!opened.delete(row.talk)) opened.add(row.talk);
    drawTalks(turns);
    document.getElementById(`open-${row.talk}`).focus();
  };
  const open = make('button', { type: 'button', class: 'open', id: `open-${row.talk}`, 'aria-expanded': String(isOpen), dir: 'auto', onclick: toggle }, name);
  const from = file && file !== name ? make('span', { class: 'muted small' }, ` ${file}`) : null;
  const cells = make(
    'tr',
    {},
    make('th', { scope: 'row' }, open, from),
    make('td', { class: 'number' }, row.turns.length.toLocaleString('en')),
    make('td', {}, strip(row.turns)),
    make('td', { class: 'number' }, String(row.shifts)),
    make('td', { class: 'number' }, row.strength ? percent(row.strength) : '–'),
    make('td', { class: 'number' }, percent(row.least)),
  );
  return isOpen ? [cells, make('tr', {}, make('td', { colspan: String(COLUMNS.length) }, transcript(row)))] : [cells];
}
