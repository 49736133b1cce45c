import { render } from 'preact';
import { connectService } from './state/key';
import { start } from './state/start';
import './style/index.css';
import { App } from './view/app';

const root = document.getElementById('page');
if (root) {
  root.replaceChildren();
  connectService();
  render(<App />, root);
  void start();
}
