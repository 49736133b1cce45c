import { bytes } from '../../model/format';
import { followKept } from '../../state/address';
import { forgetTalk, keptTalks } from '../../state/kept';
import { keptSessions, removeSession, resumeLive } from '../../state/live';
import { count, language, moment, t } from '../../words';
import { Icon } from '../parts/icons';

function day(when: number | string): string {
  return new Date(when).toLocaleDateString(language.value, { dateStyle: 'medium' });
}

/** Conversations that were kept: files by this browser, live ones by the service. */
export function Kept() {
  if (keptTalks.value.length + keptSessions.value.length === 0) return null;
  return (
    <section class="card" aria-labelledby="kept-title">
      <h2 id="kept-title">{t('Saved conversations')}</h2>
      <ul class="plain kept">
        {keptTalks.value.map((one) => (
          <Entry
            key={one.id}
            name={one.name}
            where={t('in this browser')}
            facts={[
              day(one.savedAt),
              count(one.nTurns, 'turn'),
              bytes(one.bytes),
              one.until === null ? t('until deleted') : t('until {day}', { day: day(one.until) }),
            ]}
            onOpen={() => void followKept(one.id)}
            onDelete={() => void forgetTalk(one.id)}
          />
        ))}
        {keptSessions.value.map((one) => (
          <Entry
            key={one.id}
            name={one.title || moment(one.created_at)}
            where={t('live, stored by the service')}
            facts={[
              day(one.created_at),
              count(one.n_utterances, 'turn'),
              one.expires_at === null ? t('until deleted') : t('until {day}', { day: day(one.expires_at) }),
            ]}
            onOpen={() => void resumeLive(one.id)}
            onDelete={() => void removeSession(one.id)}
          />
        ))}
      </ul>
    </section>
  );
}

interface EntryProps {
  name: string;
  where: string;
  facts: string[];
  onOpen: () => void;
  onDelete: () => void;
}

function Entry({ name, where, facts, onOpen, onDelete }: EntryProps) {
  return (
    <li class="kept-entry">
      <button type="button" class="link" dir="auto" onClick={onOpen}>
        {name}
      </button>
      <span class="muted small">{[where, ...facts].join(' · ')}</span>
      <button
        type="button"
        class="button icon-only quiet"
        aria-label={t('Delete {name}', { name })}
        onClick={() => {
          if (window.confirm(t('Delete {name}?', { name }))) onDelete();
        }}
      >
        <Icon name="delete" />
      </button>
    </li>
  );
}
