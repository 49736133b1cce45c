import { busyFor, dismiss, notices, work } from '../state/notices';
import { Icon } from './icons';

/** Faults and notes, and work that takes time. */
export function Notices() {
  return (
    <div class="notices">
      <WorkBar />
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
            {notice.retry && (
              <button
                type="button"
                class="button"
                onClick={() => {
                  dismiss(notice.id);
                  notice.retry?.();
                }}
              >
                Try again
              </button>
            )}
            <button type="button" class="button icon-only" aria-label="Dismiss" onClick={() => dismiss(notice.id)}>
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
    </div>
  );
}

/** What is under way; also a wait for a busy service, whatever was asked of it. */
function WorkBar() {
  const under = work.value;
  const busy = busyFor.value;
  if (!under && busy === null) return null;
  const done = under && under.total > 0 ? `: ${under.done.toLocaleString('en')} done` : '…';
  return (
    <div class="work" role="status">
      {busy === null ? (
        <span>{`${under?.label}${done}`}</span>
      ) : (
        <span>
          The service is busy; it is asked again
          {/* Read out once, not every second. */}
          <span aria-hidden="true">{` in ${Math.ceil(busy)} s`}</span>
        </span>
      )}
      <progress
        aria-label={under?.label ?? 'Waiting for the service'}
        max={under?.total || 1}
        value={under && under.done > 0 ? under.done : undefined}
      />
      {under?.cancel && (
        <button type="button" class="button" onClick={under.cancel}>
          Stop
        </button>
      )}
    </div>
  );
}
