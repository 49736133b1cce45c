import { announcement } from '../state/notices';
import { starting, talk, turns } from '../state/talk';
import { DropTarget } from './drop-target';
import { menuOpen } from './export-menu';
import { Footer } from './footer';
import { Header } from './header';
import { KeyDialog } from './key-dialog';
import { Notices } from './notices';
import { Patterns } from './patterns';
import { Start } from './start';
import { Workspace } from './workspace';

export function App() {
  const beginning = starting.value || talk.value === null;
  return (
    <>
      <nav class="skips" aria-label="Skip links">
        <a href="#main">Skip to the conversation</a>
        {!beginning && turns.value.length > 0 && <a href="#table">Skip to the table of turns</a>}
      </nav>
      <Patterns />
      <Header beginning={beginning} />
      <main id="main" tabIndex={-1} inert={menuOpen.value}>
        <Notices />
        {beginning ? <Start /> : <Workspace />}
      </main>
      <Footer />
      <KeyDialog />
      <DropTarget />
      <div class="unseen" aria-live="polite" data-testid="announcer">
        {announcement.value}
      </div>
    </>
  );
}
