// Search, filters, and the way to the turns that need a look. The emotions are the legend too.

import { useMemo } from 'preact/hooks';
import type { Filter } from '../../model/filter';
import { clearFilter, filter, found, narrow, nextFound, nextLeastCertain, orderBy, toggleEmotion } from '../../state/filters';
import { labels, reads, speakers, styleOf } from '../../state/talk';
import { count, t, word } from '../../words';
import { EmotionOrder } from '../parts/emotion-order';
import { Icon } from '../parts/icons';
import { Badge, EmptyBadge } from '../parts/label';

const ONLY: [Filter['only'], string][] = [
  ['all', word('all turns')],
  ['unsure', word('unsure')],
  ['shifts', word('shifts')],
  ['corrected', word('corrected')],
];

// As in the report of the command line.
const CONFIDENCES: [range: string, name: string][] = [
  ['0-1', word('any confidence')],
  ['0.8-1', word('80 % or more')],
  ['0.5-1', word('50 % or more')],
  ['0.5-0.8', word('50 to 80 %')],
  ['0-0.5', word('50 % or less')],
];

export function FilterBar() {
  return (
    <section class="filter-bar" aria-label={t('Search and filters')}>
      <div class="filter-row">
        <label class="search">
          <span class="unseen">{t('Search')}</span>
          <Icon name="search" />
          <input
            id="search"
            type="search"
            value={filter.value.words}
            placeholder={t('Search text or speakers')}
            onInput={(event) => narrow({ words: event.currentTarget.value })}
            onKeyDown={(event) => {
              if (event.key === 'Enter') nextFound(event.shiftKey ? -1 : 1);
            }}
          />
        </label>
        <button
          type="button"
          class="button least-certain"
          aria-label={t('Next least certain turn')}
          title={t('Next least certain turn')}
          onClick={nextLeastCertain}
        >
          <Icon name="target" /> <span class="button-word">{t('Least certain')}</span>
        </button>
        <div class="filter-choices">
          <Speaker />
          <Only />
          <Confidence />
          <EmotionOrder value={filter.value.order} plain={t('original order')} onOrder={orderBy} />
        </div>
        <Emotions />
      </div>
      <Found />
    </section>
  );
}

function Speaker() {
  if (speakers.value.length < 2) return null;
  return (
    <label class="field inline">
      <span class="unseen">{t('Speaker')}</span>
      <select value={filter.value.speaker} onChange={(event) => narrow({ speaker: event.currentTarget.value })}>
        <option value="">{t('All speakers')}</option>
        {speakers.value.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Only() {
  return (
    <label class="field inline">
      <span class="unseen">{t('Show')}</span>
      <select
        value={filter.value.only}
        onChange={(event) => narrow({ only: event.currentTarget.value as Filter['only'] })}
      >
        {ONLY.map(([only, name]) => (
          <option key={only} value={only}>
            {t(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Confidence() {
  return (
    <label class="field inline">
      <span class="unseen">{t('Confidence')}</span>
      <select
        value={filter.value.confidence.join('-')}
        onChange={(event) => {
          const [least = 0, most = 1] = event.currentTarget.value.split('-').map(Number);
          narrow({ confidence: [least, most] });
        }}
      >
        {CONFIDENCES.map(([range, name]) => (
          <option key={range} value={range}>
            {t(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** How often each emotion is there; a click shows its turns alone. */
function Emotions() {
  const all = reads.value;
  const counts = useMemo(() => {
    const found = new Map<string, number>();
    for (const { label } of all) if (label !== null) found.set(label, (found.get(label) ?? 0) + 1);
    return found;
  }, [all]);
  const there = labels.value.filter((label) => counts.has(label) || filter.value.emotions.includes(label));
  const nUnsure = all.filter((read) => read.unsure).length;
  if (there.length === 0) return null;
  return (
    <div class="emotions" role="group" aria-label={t('Emotions')}>
      {there.map((label) => {
        const style = styleOf.value.get(label);
        return (
          <button
            key={label}
            type="button"
            class="chip"
            aria-pressed={filter.value.emotions.includes(label)}
            onClick={() => toggleEmotion(label)}
          >
            {style && <Badge style={style} />}
            {t(label)} <span class="muted number">{counts.get(label) ?? 0}</span>
          </button>
        );
      })}
      {nUnsure > 0 && (
        <button
          type="button"
          class="chip"
          aria-pressed={filter.value.only === 'unsure'}
          onClick={() => narrow({ only: filter.value.only === 'unsure' ? 'all' : 'unsure' })}
        >
          <EmptyBadge sign="?" />
          {t('unsure')} <span class="muted number">{nUnsure}</span>
        </button>
      )}
    </div>
  );
}

function Found() {
  const places = found.value;
  return (
    <p class="found small" role="status">
      {places !== null && (
        <>
          {t('{n} of {turns}', { n: places.length, turns: count(reads.value.length, 'turn') })}{' '}
          <button type="button" class="link" onClick={clearFilter}>
            {t('Show all')}
          </button>
        </>
      )}
    </p>
  );
}
