// Several conversations as a table, from which one is opened.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { stackOrder } from '../../looks/label-style';
import { labelSetWords } from '../../model/label-sets';
import { limits } from '../../model/limits';
import { percent } from '../../model/format';
import { type OverviewRow, overviewOf, type Peak, sortRows, type SortKey } from '../../model/overview';
import { fold } from '../../model/filter';
import { infos, labels, minProbability, model, showConversation, talk } from '../../state/talk';
import { count, t, word } from '../../words';
import { EmotionOrder } from '../parts/emotion-order';
import { Icon } from '../parts/icons';
import { LabelName, StackedBar } from '../parts/label';
import { FrontNotices } from '../parts/front-notices';
import { useUndoKeys } from '../talk/keys';

const HEADS: { key: SortKey; title: string; down: boolean }[] = [
  { key: 'id', title: word('Conversation'), down: false },
  { key: 'nTurns', title: word('Turns'), down: true },
  { key: 'main', title: word('Emotions'), down: false },
  { key: 'nShifts', title: word('Shifts'), down: true },
  { key: 'least', title: word('Least certain'), down: false },
];
const PAGE = 200;

interface Sort {
  key: SortKey;
  down: boolean;
  /** Place of the label whose strongest turns come first, where the key is `peak`. */
  label: number;
}

export function Overview() {
  const open = talk.value;
  useUndoKeys();
  const [sort, setSort] = useState<Sort>({ key: 'place', down: false, label: 0 });
  const [words, setWords] = useState('');
  const [shown, setShown] = useState(PAGE);
  useEffect(() => {
    window.scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }, []);
  const conversations = open?.conversations ?? [];
  const rows = useMemo(
    () => overviewOf(conversations, labels.value, minProbability.value),
    [conversations, labels.value, minProbability.value],
  );
  const order = useMemo(() => stackOrder(infos.value), [infos.value]);
  const wanted = fold(words.trim());
  const sorted = sortRows(rows, sort.key, sort.down, sort.label).filter((row) => fold(row.id).includes(wanted));
  if (!open) return null;
  const strongest = sort.key === 'peak' ? (labels.value[sort.label] ?? null) : null;
  const head = strongest === null ? '' : t('Highest {label}', { label: t(strongest) });
  const nTurns = rows.reduce((sum, row) => sum + row.nTurns, 0);
  return (
    <div class="workspace">
      <div class="talk-head">
        <div class="talk-title">
          <h1 dir="auto">{open.name}</h1>
          <p class="muted small">
            {[
              count(rows.length, 'conversation'),
              count(nTurns, 'turn'),
              t('labels: {which}', { which: labelSetWords(open.labelSet, open.labels) }),
            ].join(' · ')}
            <span class="limits">{limits(model.value)}</span>
          </p>
        </div>
        <EmotionOrder
          value={strongest ?? ''}
          plain={t('original order')}
          onOrder={(first) => {
            const label = labels.value.indexOf(first);
            setSort(label < 0 ? { key: 'place', down: false, label: 0 } : { key: 'peak', down: true, label });
          }}
        />
        <label class="search">
          <span class="unseen">{t('Search conversations')}</span>
          <Icon name="search" />
          <input
            type="search"
            value={words}
            placeholder={t('Search conversations')}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        </label>
      </div>
      <FrontNotices all />
      <section class="card overview-card" aria-label={t('Conversations')}>
        <div class="scroll-x" tabIndex={0} role="group" aria-label={t('Conversations')}>
          <table role="table" class="overview-table">
            <thead role="rowgroup">
              <tr role="row">
                {HEADS.map(({ key, title, down }) => {
                  const chosen = sort.key === key;
                  return (
                    <th
                      key={key}
                      role="columnheader"
                      scope="col"
                      aria-sort={chosen ? (sort.down ? 'descending' : 'ascending') : undefined}
                    >
                      <button
                        type="button"
                        class="sort"
                        onClick={() => setSort({ key, down: chosen ? !sort.down : down, label: 0 })}
                      >
                        {t(title)}
                        {chosen && <Icon name={sort.down ? 'down' : 'up'} />}
                      </button>
                    </th>
                  );
                })}
                {strongest !== null && (
                  <th role="columnheader" scope="col" class="muted small" aria-sort="descending">
                    {head}
                  </th>
                )}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {sorted.slice(0, shown).map((row) => (
                <Row
                  key={row.place}
                  row={row}
                  order={order}
                  head={head}
                  peak={strongest === null ? null : (row.peaks[sort.label] ?? null)}
                />
              ))}
            </tbody>
          </table>
        </div>
        {sorted.length === 0 && <p class="muted">{t('No conversations match.')}</p>}
        {sorted.length > shown && (
          <button type="button" class="link" onClick={() => setShown(shown + PAGE)}>
            {t('Show more')}
          </button>
        )}
      </section>
    </div>
  );
}

interface RowProps {
  row: OverviewRow;
  order: readonly number[];
  /** Of the column of the strongest turns, where there is one. */
  head: string;
  peak: Peak | null;
}

function Row({ row, order, head, peak }: RowProps) {
  const least = row.least;
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        <button type="button" class="link" dir="auto" onClick={() => showConversation(row.place)}>
          {row.id}
        </button>
        {row.note !== '' && <span class="muted small note-line" dir="auto">{row.note}</span>}
      </th>
      <td role="cell" class="number" data-head={t('Turns')}>
        {row.nTurns} <span class="muted small">{count(row.nSpeakers, 'speaker')}</span>
      </td>
      <td role="cell" class="overview-emotions">
        {row.nAnswered === 0 ? (
          <span class="muted">{t('waiting')}</span>
        ) : (
          <>
            <StackedBar shares={row.shares} order={order} />
            {row.main !== null && <LabelName label={row.main} />}
          </>
        )}
      </td>
      <td role="cell" class="number" data-head={t('Shifts')}>
        {row.nShifts}
        {row.nCorrected > 0 && ' '}
        {row.nCorrected > 0 && <span class="muted small">{t('{n} corrected', { n: row.nCorrected })}</span>}
      </td>
      <td role="cell" class="number" data-head={t('Least certain')}>
        {least !== null && (
          <button type="button" class="link" onClick={() => showConversation(row.place, least.place)}>
            {percent(least.confidence)}
          </button>
        )}
        {row.nUnsure > 0 && ' '}
        {row.nUnsure > 0 && <span class="muted small">{t('{n} unsure', { n: row.nUnsure })}</span>}
      </td>
      {peak !== null && (
        <td role="cell" class="number" data-head={head}>
          <button type="button" class="link" onClick={() => showConversation(row.place, peak.place)}>
            {percent(peak.probability)}
          </button>
        </td>
      )}
    </tr>
  );
}
