import { language, t } from '../words';
import { announcement } from '../state/notices';
import { look, screen, talk, turns } from '../state/talk';
import { Footer } from './footer';
import { Header } from './header';
import { Overview } from './overview/overview';
import { DropTarget } from './parts/drop-target';
import { KeyDialog } from './parts/key-dialog';
import { LeaveDialog } from './parts/leave-dialog';
import { menuOpen } from './parts/menu';
import { Notices } from './parts/notices';
import { Patterns } from './plots/patterns';
import { Start } from './start/start';
import { ReportDialog } from './talk/report-dialog';
import { Workspace } from './talk/workspace';

export function App() {
  const beginning = screen.value === 'start' || talk.value === null;
  const reading = !beginning && screen.value === 'conversation' && turns.value.length > 0;
  return (
    // Every word is looked up again for another language.
    <div key={language.value} class="app">
      <nav class="skips" aria-label={t('Skip links')}>
        <a
          href="#main"
          onClick={(event) => {
            event.preventDefault();
            document.getElementById('main')?.focus();
          }}
        >
          {t('Skip to the conversation')}
        </a>
        {reading && (
          <button
            type="button"
            onClick={() => {
              look.value = 'table';
              setTimeout(() => document.getElementById('table')?.focus());
            }}
          >
            {t('Skip to the table of turns')}
          </button>
        )}
      </nav>
      <Patterns />
      <Header beginning={beginning} />
      <main id="main" tabIndex={-1} inert={menuOpen.value}>
        <Notices />
        {beginning ? <Start /> : screen.value === 'overview' ? <Overview /> : <Workspace />}
      </main>
      <Footer />
      <KeyDialog />
      <LeaveDialog />
      <ReportDialog />
      <DropTarget />
      <div class="unseen" aria-live="polite" data-testid="announcer">
        {announcement.value}
      </div>
    </div>
  );
}
