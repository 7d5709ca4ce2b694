use crate::archive::input::Input;
use crate::archive::trouble::{Remarks, Trouble};
use model::Code;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// One compression format: how a stream begins, goes on and ends. Formats that allow it are read
/// on through concatenated streams.
pub(super) trait Framing {
    /// Begins the stream at the input's position; false where none begins there.
    fn begin(&mut self, input: &mut Input) -> Result<bool, Trouble>;
    /// Decodes into `out`: bytes made, and whether the stream goes on.
    fn step(&mut self, input: &mut Input, out: &mut [u8]) -> (usize, Flow);
    /// After the stream's end: trailer and checksum. A mismatch is a remark, never a loss of bytes.
    fn finish(&mut self, input: &mut Input) -> Result<(), Trouble>;
    /// Moves the input past damage to a place where a stream may begin; false where the format
    /// has no such marks.
    fn resync(&mut self, _input: &mut Input) -> bool {
        false
    }
    /// Whether more streams may follow the first.
    fn repeats(&self) -> bool {
        true
    }
}

pub(super) enum Flow {
    More,
    End,
    Broken(Trouble),
}

/// A decoder as a reader: concatenated streams, padding, trailing bytes, ratio limit.
pub(super) struct Streams<F> {
    input: Input,
    framing: F,
    state: State,
    remarks: Remarks,
    streams: u64,
    given: u64,
    ratio: u64,
    consumed: Rc<Cell<u64>>,
}

enum State {
    Between,
    Within,
    Broken(Trouble),
    Done,
}

/// Below this many bytes given, no ratio is too high.
const RATIO_FREE: u64 = 64 << 20;

impl<F: Framing> Streams<F> {
    pub fn new(framing: F, inner: Box<dyn Read>, ratio: u64, remarks: &Remarks, consumed: Rc<Cell<u64>>) -> Self {
        Self {
            input: Input::new(inner),
            framing,
            state: State::Between,
            remarks: remarks.clone(),
            streams: 0,
            given: 0,
            ratio,
            consumed,
        }
    }

    fn between(&mut self) -> State {
        if self.streams > 0 {
            if !self.framing.repeats() {
                return State::Done;
            }
            skip_zeros(&mut self.input);
            if self.input.look(1).is_empty() {
                return match self.input.failure() {
                    Some(t) => State::Broken(t.clone()),
                    None => State::Done,
                };
            }
        }
        let before = self.input.taken();
        match self.framing.begin(&mut self.input) {
            Ok(true) => {
                self.streams = self.streams.saturating_add(1);
                State::Within
            }
            Ok(false) if self.streams == 0 => State::Broken(Trouble::damaged("the start of a stream", "other bytes")),
            Ok(false) => {
                let found = format!("other bytes from byte {before}");
                self.remarks.add(Trouble::new(Code::Gap, "a further stream, or the end, after a stream", found), self.given);
                if self.framing.resync(&mut self.input) { State::Between } else { State::Done }
            }
            Err(t) => self.broken(t),
        }
    }

    /// Damage: goes on at the next stream where the format allows it.
    fn broken(&mut self, trouble: Trouble) -> State {
        if trouble.code != Code::LimitReached && self.input.failure().is_none() && self.framing.resync(&mut self.input) {
            self.remarks.add_loss(trouble, self.given);
            return State::Between;
        }
        State::Broken(trouble)
    }

    fn over_ratio(&self) -> bool {
        self.given > RATIO_FREE && self.given.checked_div(self.input.taken().max(1)).is_some_and(|r| r > self.ratio)
    }
}

impl<F: Framing> Read for Streams<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match &self.state {
                State::Done => return Ok(0),
                State::Broken(t) => return Err(t.clone().into_io()),
                State::Between => self.state = self.between(),
                State::Within => {
                    let (made, flow) = self.framing.step(&mut self.input, out);
                    self.given = self.given.saturating_add(made as u64);
                    self.consumed.set(self.input.taken());
                    match flow {
                        Flow::More => {}
                        Flow::End => {
                            self.state = match self.framing.finish(&mut self.input) {
                                Ok(()) => State::Between,
                                Err(t) if t.code == Code::ChecksumMismatch => {
                                    self.remarks.add(t, self.given);
                                    State::Between
                                }
                                Err(t) => self.broken(t),
                            };
                            self.consumed.set(self.input.taken());
                        }
                        Flow::Broken(t) => self.state = self.broken(t),
                    }
                    if self.over_ratio() {
                        let (given, taken) = (self.given, self.input.taken());
                        let limit = format!("at most {} bytes per compressed byte", self.ratio);
                        self.state =
                            State::Broken(Trouble::new(Code::LimitReached, limit, format!("{given} bytes out of {taken}")));
                    }
                    if made > 0 {
                        return Ok(made);
                    }
                }
            }
        }
    }
}

fn skip_zeros(input: &mut Input) {
    loop {
        let data = input.data();
        let zeros = data.iter().take_while(|b| **b == 0).count();
        if zeros == 0 {
            return;
        }
        input.consume(zeros);
    }
}
