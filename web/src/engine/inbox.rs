//! Everything that the client waits for, in one queue: answers, deaths, files, the visitor's wishes, time.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// A queue that several places fill and one place empties.
pub struct Inbox<T>(Rc<RefCell<Queue<T>>>);

struct Queue<T> {
    items: VecDeque<T>,
    waiting: Option<Waker>,
}

impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Inbox<T> {
        Inbox(self.0.clone())
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Inbox<T> {
        Inbox(Rc::new(RefCell::new(Queue { items: VecDeque::new(), waiting: None })))
    }
}

impl<T> Inbox<T> {
    /// Adds an item and wakes who waits.
    pub fn push(&self, item: T) {
        let waker = {
            let mut queue = self.0.borrow_mut();
            queue.items.push_back(item);
            queue.waiting.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The next item, when there is one.
    pub async fn next(&self) -> T {
        poll_fn(|context| {
            let mut queue = self.0.borrow_mut();
            match queue.items.pop_front() {
                Some(item) => Poll::Ready(item),
                None => {
                    queue.waiting = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake};

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Count>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_waits_is_woken_and_gets_items_in_order() {
        let inbox = Inbox::default();
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let mut context = Context::from_waker(&waker);
        let mut next = pin!(inbox.next());
        assert_eq!(next.as_mut().poll(&mut context), Poll::Pending);
        inbox.push(1);
        inbox.push(2);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert_eq!(next.as_mut().poll(&mut context), Poll::Ready(1));
        assert_eq!(pin!(inbox.next()).poll(&mut context), Poll::Ready(2));
    }
}
