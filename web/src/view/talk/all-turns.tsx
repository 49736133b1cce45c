// Every turn in a plain table: the text alternative of the plots.

import { useEffect, useState } from 'preact/hooks';
import { clock, percent, shorten } from '../../model/format';
import type { Read } from '../../model/reading';
import { conversation, hasGold, reads, select, selected, shown } from '../../state/talk';
import { Correction } from '../parts/correction';
import { t } from '../../words';
import { Emotion, LabelName } from '../parts/label';

const PAGE = 100;
// The words view has the whole text.
const MOST_CHARACTERS = 600;

export function AllTurns() {
  const [page, setPage] = useState(0);
  const all = reads.value;
  const nPages = Math.max(1, Math.ceil(all.length / PAGE));
  const current = Math.min(page, nPages - 1);
  const timed = all.some((read) => read.turn.start !== null);
  const gold = hasGold.value;
  // The table turns its page to the selected turn, wherever that was selected.
  useEffect(() => setPage(Math.floor(selected.value / PAGE)), [selected.value, shown.value]);
  return (
    <section class="card all-turns" id="table" tabIndex={-1} aria-labelledby="table-title">
      <div class="card-head">
        <h2 id="table-title">{t('All turns')}</h2>
        {nPages > 1 && <Pages page={current} nPages={nPages} nTurns={all.length} onPage={setPage} />}
      </div>
      <table role="table">
        <caption class="unseen">{t('Turns of {name} with their emotions', { name: conversation.value?.id ?? '' })}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <Head>{t('Turn')}</Head>
            {timed && <Head>{t('Time')}</Head>}
            <Head>{t('Speaker')}</Head>
            <Head>{t('Text')}</Head>
            <Head>{t('Emotion')}</Head>
            <Head>{t('Confidence')}</Head>
            <Head>{t('Shift from')}</Head>
            {gold && <Head>{t('Label in the file')}</Head>}
            <Head>{t('Correct to')}</Head>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {all.slice(current * PAGE, (current + 1) * PAGE).map((read, index) => (
            <Row
              key={read.turn.key ?? read.turn.number}
              read={read}
              place={current * PAGE + index}
              timed={timed}
              gold={gold}
            />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Head({ children }: { children: string }) {
  return (
    <th role="columnheader" scope="col">
      {children}
    </th>
  );
}

function Row({ read, place, timed, gold }: { read: Read; place: number; timed: boolean; gold: boolean }) {
  const { turn } = read;
  const current = selected.value === place;
  return (
    <tr role="row" class={current ? 'current' : undefined}>
      <th role="rowheader" scope="row" class="number">
        <button
          type="button"
          class="turn-number"
          aria-label={t('Select turn {n}', { n: turn.number })}
          aria-current={current ? 'true' : undefined}
          onClick={() => select(place)}
        >
          {turn.number}
        </button>
      </th>
      {timed && (
        <td role="cell" class="number muted">
          {turn.start === null ? '' : clock(turn.start)}
        </td>
      )}
      <td role="cell" class="cell-speaker" dir="auto">
        {turn.speaker}
      </td>
      <td role="cell" class="cell-text" dir="auto">
        {shorten(turn.text, MOST_CHARACTERS)}
      </td>
      <td role="cell" class="cell-emotion">
        <Emotion read={read} confident={false} />
      </td>
      <td role="cell" class="number cell-confidence">
        {read.best === null || turn.correction !== null ? '' : percent(read.confidence)}
      </td>
      <td role="cell" class="cell-shift" data-head={t('Shift from')}>
        {read.shiftFrom !== null && <LabelName label={read.shiftFrom} />}
      </td>
      {gold && (
        <td role="cell" class="cell-gold" data-head={t('Label in the file')}>
          {turn.gold === null ? '' : t(turn.gold)}
        </td>
      )}
      <td role="cell" class="cell-correction">
        <Correction read={read} name={t('Correct turn {n} to', { n: turn.number })} />
      </td>
    </tr>
  );
}

interface PagesProps {
  page: number;
  nPages: number;
  nTurns: number;
  onPage: (page: number) => void;
}

function Pages({ page, nPages, nTurns, onPage }: PagesProps) {
  return (
    <div class="row" role="group" aria-label={t('Table pages')}>
      <span class="muted small number">{t('{first}–{last} of {n}', { first: page * PAGE + 1, last: Math.min(nTurns, (page + 1) * PAGE), n: nTurns })}</span>
      <button type="button" class="button" disabled={page === 0} onClick={() => onPage(page - 1)}>
        {t('Previous')}
      </button>
      <button type="button" class="button" disabled={page >= nPages - 1} onClick={() => onPage(page + 1)}>
        {t('Next')}
      </button>
    </div>
  );
}
