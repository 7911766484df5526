// What is begun before the page's own parts are read: the worker of the first view, which takes longest to start.

import { prepare } from '../view/host.js';

prepare();
