/** Lists of class names that need no file. */
import { Classes } from './classes.js';
import { IMAGENET_NAMES } from './imagenet-names.js';

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  imagenet: IMAGENET_NAMES,
  cifar10: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
};

/** What can be named in place of a file. */
export const KNOWN_CLASSES: readonly string[] = Object.keys(KNOWN);

/** The classes of a data set that everyone knows by name, in the order that torchvision's networks have them; null for another name. */
export const knownClasses = (name: string): Classes | null => (Object.hasOwn(KNOWN, name) ? new Classes(KNOWN[name], name) : null);
