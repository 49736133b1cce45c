// Every turn in a plain table: the text alternative of the plots.

import { useEffect, useState } from 'preact/hooks';
import { clock, percent } from '../model/format';
import type { Read } from '../model/reading';
import { conversation, hasGold, reads, select, selected, shown } from '../state/talk';
import { Correction } from './correction';
import { EmptyBadge, LabelName } from './label';

const PAGE = 100;

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
        <h2 id="table-title">All turns</h2>
        {nPages > 1 && <Pages page={current} nPages={nPages} nTurns={all.length} onPage={setPage} />}
      </div>
      <table role="table">
        <caption class="unseen">{`Turns of ${conversation.value?.id ?? 'the conversation'} with their emotions`}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <Head>Turn</Head>
            {timed && <Head>Time</Head>}
            <Head>Speaker</Head>
            <Head>Text</Head>
            <Head>Emotion</Head>
            <Head>Confidence</Head>
            <Head>Shift from</Head>
            {gold && <Head>The file says</Head>}
            <Head>Correct to</Head>
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
          aria-label={`Select turn ${turn.number}`}
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
      <td role="cell" class="cell-speaker">
        {turn.speaker}
      </td>
      <td role="cell" class="cell-text">
        {turn.text}
      </td>
      <td role="cell" class="cell-emotion">
        <Emotion read={read} />
      </td>
      <td role="cell" class="number cell-confidence">
        {read.best === null ? '' : percent(read.confidence)}
      </td>
      <td role="cell" class="cell-shift">
        {read.shiftFrom !== null && <LabelName label={read.shiftFrom} />}
      </td>
      {gold && (
        <td role="cell" class="cell-gold">
          {turn.gold ?? ''}
        </td>
      )}
      <td role="cell" class="cell-correction">
        <Correction read={read} name={`Correct turn ${turn.number} to`} />
      </td>
    </tr>
  );
}

function Emotion({ read }: { read: Read }) {
  const { turn } = read;
  if (turn.status === 'failed')
    return <span class="problem-text">{`not read${turn.detail ? `: ${turn.detail}` : ''}`}</span>;
  if (read.label !== null) {
    return (
      <>
        <LabelName label={read.label} />
        {turn.correction !== null && <span class="muted small"> by hand</span>}
      </>
    );
  }
  if (read.best === null)
    return <span class="muted">{turn.status === 'waiting' ? 'waiting' : 'being recognised'}</span>;
  return (
    <span class="label-name">
      <EmptyBadge sign="?" />
      unsure <span class="muted small">({read.best}?)</span>
    </span>
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
    <div class="row" role="group" aria-label="Pages of the table">
      <span class="muted small number">{`${page * PAGE + 1}–${Math.min(nTurns, (page + 1) * PAGE)} of ${nTurns}`}</span>
      <button type="button" class="button" disabled={page === 0} onClick={() => onPage(page - 1)}>
        Earlier
      </button>
      <button type="button" class="button" disabled={page >= nPages - 1} onClick={() => onPage(page + 1)}>
        Later
      </button>
    </div>
  );
}
