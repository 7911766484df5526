// What is begun before the page's own modules are there: the worker of the first view, which takes longest to start.
// It must import no more than that takes.

import { prepare } from '../view/host.js';

prepare();
