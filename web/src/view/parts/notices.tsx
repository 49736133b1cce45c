import { useEffect, useState } from 'preact/hooks';
import { busyFor, dismiss, notices, unread, type Work, work } from '../../state/notices';
import { t } from '../../words';
import { Icon } from './icons';
import { UnreadFile } from './reading-choices';

/** Faults and notes, files that need a choice, and work that takes time. */
export function Notices() {
  return (
    <div class="notices">
      <WorkBar />
      {unread.value.map((one) => (
        <UnreadFile key={one.source.name} unread={one} />
      ))}
      <div role="alert" class="notice-list">
        {notices.value.map((notice) => (
          <div key={notice.id} class={`notice ${notice.kind}`}>
            <div class="notice-text">
              <strong>{notice.title}</strong>
              {notice.details.length > 0 && (
                <ul>
                  {notice.details.map((detail) => (
                    <li key={detail}>{detail}</li>
                  ))}
                </ul>
              )}
            </div>
            {notice.act && (
              <button
                type="button"
                class="button"
                onClick={() => {
                  dismiss(notice.id);
                  notice.act?.act();
                }}
              >
                {notice.act.word}
              </button>
            )}
            <button type="button" class="button icon-only" aria-label={t('Dismiss')} onClick={() => dismiss(notice.id)}>
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
    </div>
  );
}

const TICK_MS = 250;
// A guess never says that it is done.
const MOST_GUESSED = 0.95;

/** Returns turns that are done, with what the request under way has probably come to. */
function useProgress(under: Work | null): number {
  const [, tick] = useState(0);
  const running = under !== null && under.inFlight > 0;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => tick((n) => n + 1), TICK_MS);
    return () => clearInterval(timer);
  }, [running]);
  if (!under || under.inFlight === 0) return under?.done ?? 0;
  const guessed = ((performance.now() - under.since) / 1000) * (under.pace ?? 0);
  return Math.round(under.done + Math.min(guessed, under.inFlight * MOST_GUESSED));
}

/** What is under way; also a wait for a busy service, whatever was asked of it. */
function WorkBar() {
  const under = work.value;
  const busy = busyFor.value;
  const done = useProgress(under);
  if (!under && busy === null) return null;
  return (
    <div class="work" role="status">
      {busy === null ? (
        <span>
          {under?.label}
          {/* Read out once, not four times a second. */}
          {under && under.total > 0 && <span aria-hidden="true">{`: ${t('about {n} done', { n: done })}`}</span>}
        </span>
      ) : (
        <span>
          {t('The service is busy; trying again')}
          <span aria-hidden="true">{` ${t('in {n} s', { n: Math.ceil(busy) })}`}</span>
        </span>
      )}
      <progress
        aria-label={under?.label ?? t('Waiting for the service')}
        max={under?.total || 1}
        value={under && done > 0 ? done : undefined}
      />
      {under?.cancel && (
        <button type="button" class="button" onClick={under.cancel}>
          {t('Stop')}
        </button>
      )}
    </div>
  );
}
