/*
 * The life of a batch between two runners, one database and one provider; docs/reliability.md says what it covers.
 *
 *   spin -a batch.pml && cc -O2 -DSAFETY -o pan pan.c && ./pan          no assertion fails, nobody is stuck
 *   spin -a batch.pml && cc -O2 -o pan pan.c && ./pan -a -f -N ends     every item ends
 *
 * The states of a batch are those of smelt.batch.state. Each d_step is one database transaction or one thing that the
 * provider does at once; everything else may be interleaved with everything else. A runner is slow whenever another
 * process runs instead, for as long as you like; it may also die before any of its steps and start again.
 *
 * Time is not counted: window_over[b] becomes true at some moment after send_until, grace_over[b] at some moment after
 * send_until plus list_grace. What the clocks promise is written at the process `clocks`.
 *
 * LATE_WRITE: the operating system may stop a run between its look at the clock and the first byte of the create, and the
 * connection may still be open when it wakes after the grace. Then a duplicate job is made. With it, one item may be in two live
 * jobs until the duplicate is met in a listing, and what is checked is what is left to promise: no answer is applied twice.
 */

#ifndef ITEMS
#define ITEMS 1
#endif
#ifndef BATCHES
#define BATCHES 3      /* nonces that may be used */
#endif
#define ORCHESTRATORS 2
#define CRASHES 1      /* of all runners together */
#define MISHAPS 1      /* creates that the provider refuses or never gets, together */
#define LAPSES 1       /* leases that run out although their holder lives: it was slow or suspended */
#define NOBODY 255

mtype = { unused, building, submitting, open, unknown, ended, closed, abandoned };   /* smelt.batch.state */
mtype = { not_made, live, finished, cancelled };                                   /* the job at the provider */
mtype = { pending, submitted, extracted };                                         /* smelt.item.status */
mtype = { created, refused, lost };                                                /* what a create came to, for its caller */

typedef batch_row {
    mtype state = unused;
    byte lease = NOBODY;      /* the runner that holds it, by its newest epoch */
    bool sent_by_owner;       /* only for the assertion: a nonce is sent at most once */
    bool window_over, grace_over;
    bool member[ITEMS];       /* what is in the input file */
    bool noted;               /* a duplicate was met and its cost written down */
};
typedef job_row {
    mtype state = not_made;
    bool listed;
};
typedef item_row {
    mtype status = pending;
    byte batch = NOBODY;
    byte applied;             /* accepted answers, ever */
};

batch_row batch[BATCHES];
job_row job[BATCHES];
item_row item[ITEMS];
byte next_batch = 0;
byte crashes = 0;
byte mishaps = 0;
byte lapses = 0;

#if ITEMS == 2
#define all_ended (item[0].status == extracted && item[1].status == extracted)
#define any_pending (item[0].status == pending || item[1].status == pending)
#else
#define all_ended (item[0].status == extracted)
#define any_pending (item[0].status == pending)
#endif
#if BATCHES == 3
#define any_in_flight (in_flight(0) || in_flight(1) || in_flight(2))
#else
#define any_in_flight (in_flight(0) || in_flight(1))
#endif
/* The bound of this model, not of the code, which takes a fresh nonce whenever it needs one. */
#define out_of_nonces (next_batch == BATCHES && !any_in_flight)
#define in_flight(b) (batch[b].state == building || batch[b].state == submitting || batch[b].state == open || \
                      batch[b].state == unknown || batch[b].state == ended)
/* NO_GRACE and NO_FENCE break the rule that they name: then an assertion must fail, or the model would prove nothing. */
/* The code compares epochs. Here a run is at one batch at a time, so whose epoch is the newest says as much, and stays small. */
#ifdef NO_FENCE
#define fence(b) true
#else
#define fence(b) (batch[b].lease == me)
#endif

inline give_items_back(b) {
    for (i : 0 .. ITEMS - 1) {
        if
        :: item[i].batch == b && item[i].status == submitted -> item[i].status = pending; item[i].batch = NOBODY
        :: else
        fi
    }
    i = 0
}

/* A run's own lease is that of a process that died before it. Whether the sending window and the grace are over is read here,
 * before any listing. */
#define may_take(b) (in_flight(b) && (batch[b].lease == NOBODY || batch[b].lease == me || lapses < LAPSES))
#define take(n) d_step { may_take(n) -> b = n; may_abandon = grace(b); \
                         if :: batch[b].lease != NOBODY && batch[b].lease != me -> lapses++ :: else fi; \
                         batch[b].lease = me }

#ifdef NO_GRACE
#define grace(b) true
#else
#define grace(b) batch[b].grace_over
#endif
#define claim(most) d_step { next_batch < BATCHES && any_pending -> \
                             b = next_batch; next_batch++; batch[b].state = building; batch[b].lease = me; n = 0; \
                             for (i : 0 .. ITEMS - 1) { \
                                 if :: item[i].status == pending && n < most -> n++; \
                                           item[i].status = submitted; item[i].batch = b; batch[b].member[i] = true \
                                    :: else fi }; \
                             i = 0; n = 0 }

/* The provider makes the job. Nothing it does later depends on who asked. */
inline provider_makes(b) {
    /* Here every answer is valid, so no item is ever paid for twice, not even after its first job has ended. */
    assert(job[b].state == not_made);   /* one job per nonce */
    job[b].state = live;
    for (i : 0 .. ITEMS - 1) {
        for (other : 0 .. BATCHES - 1) {
#ifndef LATE_WRITE
            assert(!(batch[b].member[i] && other != b && job[other].state != not_made && batch[other].member[i]));
#endif
            skip
        }
    }
    i = 0; other = 0
}

proctype runner(byte me) {
    byte b = NOBODY, i, other, n;
    mtype answer;
    bool seen, may_abandon, free;

begin:
    atomic { b = NOBODY; i = 0; other = 0; seen = false; may_abandon = false; free = false; answer = lost }
    do
    :: all_ended || out_of_nonces -> goto stop

    /* The process dies: all that it knew is gone, what it committed stays. */
    :: crashes < CRASHES -> crashes++; goto begin

    /* Claim: a batch row and its items, one or all, in one transaction. */
    :: claim(1) goto send
#if ITEMS == 2
    :: claim(ITEMS) goto send
#endif

    /* Take what nobody holds. */
    :: take(0) goto recover
    :: take(1) goto recover
#if BATCHES == 3
    :: take(2) goto recover
#endif

#ifdef LATE_WRITE
    /* Abandoned nonces are compared with every listing. */
    :: d_step { batch[0].state == abandoned && job[0].listed && !batch[0].noted -> b = 0 } goto duplicate
    :: d_step { batch[1].state == abandoned && job[1].listed && !batch[1].noted -> b = 1 } goto duplicate
#if BATCHES == 3
    :: d_step { batch[2].state == abandoned && job[2].listed && !batch[2].noted -> b = 2 } goto duplicate
#endif
#endif
    od;

send:
    /* Rendered and uploaded; the intent is committed before the create. */
    if
    :: crashes < CRASHES -> crashes++; goto released
    :: d_step { fence(b) && batch[b].state == building -> batch[b].state = submitting }
    :: !fence(b) -> goto begin
    fi;
    if
    :: crashes < CRASHES -> crashes++; goto released
#ifdef LATE_WRITE
    :: !batch[b].window_over -> goto create
#else
    /* The socket is closed when the window is over: looking at the clock and writing are one step. */
    :: d_step { !batch[b].window_over -> assert(!batch[b].sent_by_owner); batch[b].sent_by_owner = true; provider_makes(b); answer = created } goto answered
    :: d_step { !batch[b].window_over -> assert(!batch[b].sent_by_owner); batch[b].sent_by_owner = true; provider_makes(b); answer = lost } goto answered
#endif
    :: atomic { !batch[b].window_over && mishaps < MISHAPS -> mishaps++; batch[b].sent_by_owner = true; answer = refused } goto answered
    :: atomic { !batch[b].window_over && mishaps < MISHAPS -> mishaps++; batch[b].sent_by_owner = true; answer = lost } goto answered
    :: batch[b].window_over -> answer = lost; goto answered
    fi;
#ifdef LATE_WRITE
create:
    if
    :: d_step { assert(!batch[b].sent_by_owner); batch[b].sent_by_owner = true; provider_makes(b); answer = created }
    :: d_step { assert(!batch[b].sent_by_owner); batch[b].sent_by_owner = true; provider_makes(b); answer = lost }
    fi;
#endif

answered:
    if
    :: crashes < CRASHES -> crashes++; goto released
    :: d_step { fence(b) && batch[b].state == submitting && answer == created -> batch[b].state = open } goto poll
    :: d_step { fence(b) && batch[b].state == submitting && answer == lost -> batch[b].state = unknown } goto released
    :: d_step { fence(b) && batch[b].state == submitting && answer == refused -> batch[b].state = abandoned; give_items_back(b) } goto released
    :: !fence(b) -> goto begin
    fi;

recover:
    /* Taken over: what the former holder was at decides. */
    if
    :: crashes < CRASHES -> crashes++; goto released
    :: d_step { fence(b) && batch[b].state == building -> batch[b].state = abandoned; give_items_back(b) } goto released
    :: d_step { fence(b) && batch[b].state == submitting -> batch[b].state = unknown } goto look
    :: fence(b) && batch[b].state == unknown -> goto look
    :: fence(b) && batch[b].state == open -> goto poll
    :: fence(b) && batch[b].state == ended -> goto collect
    :: !fence(b) -> goto begin
    fi;

look:
    seen = job[b].listed;
    if
    :: crashes < CRASHES -> crashes++; goto released
    :: d_step { fence(b) && batch[b].state == unknown && seen -> batch[b].state = open } goto poll
    :: d_step { fence(b) && batch[b].state == unknown && !seen && may_abandon -> batch[b].state = abandoned; give_items_back(b) } goto released
    :: fence(b) && !seen && !may_abandon -> goto released
    :: !fence(b) -> goto begin
    fi;

poll:
    if
    :: crashes < CRASHES -> crashes++; goto released
    :: d_step { fence(b) && batch[b].state == open && job[b].state != live -> batch[b].state = ended } goto collect
    :: job[b].state == live -> goto released
    :: !fence(b) -> goto begin
    fi;

collect:
    /* One slice: answers, item states and the checkpoint in one transaction that begins with the fence. */
    if
    :: crashes < CRASHES -> crashes++; goto released
    :: d_step { fence(b) && batch[b].state == ended ->
           for (i : 0 .. ITEMS - 1) {
               if
               :: item[i].batch == b && item[i].status == submitted && job[b].state == finished ->
                      item[i].applied++; assert(item[i].applied == 1); item[i].status = extracted
               :: item[i].batch == b && item[i].status == submitted && job[b].state == cancelled ->
                      item[i].status = pending; item[i].batch = NOBODY
               :: else
               fi
           }
           i = 0; batch[b].state = closed }
    :: !fence(b) -> goto begin
    fi;

released:
    /* The pass is over, or the process is dead and its lease ran out. */
    atomic { if :: b != NOBODY && fence(b) -> batch[b].lease = NOBODY :: else fi }
    goto begin;

#ifdef LATE_WRITE
duplicate:
    /* Its answers are wanted if nothing was sent in its place; else it is cancelled and only costs money. */
    atomic {
        free = true;
        for (i : 0 .. ITEMS - 1) {
            if
            :: batch[b].member[i] && item[i].status != pending -> free = false
            :: else
            fi
        }
        i = 0;
        if
        :: batch[b].state == abandoned && free ->
               for (i : 0 .. ITEMS - 1) {
                   if
                   :: batch[b].member[i] -> item[i].status = submitted; item[i].batch = b
                   :: else
                   fi
               }
               i = 0;
               batch[b].state = open; batch[b].lease = NOBODY
        :: else ->
               batch[b].noted = true;
               if
               :: batch[b].state == abandoned && job[b].state == live -> job[b].state = cancelled
               :: else
               fi
        fi
    }
    goto begin;
#endif

stop:
    skip
}

/* Jobs run to their end, and listings show them in the end. */
active proctype provider() {
end_provider:
    do
    :: d_step { job[0].state != not_made && !job[0].listed -> job[0].listed = true }
    :: d_step { job[1].state != not_made && !job[1].listed -> job[1].listed = true }
    :: d_step { job[0].state == live -> job[0].state = finished }
    :: d_step { job[1].state == live -> job[1].state = finished }
#if BATCHES == 3
    :: d_step { job[2].state != not_made && !job[2].listed -> job[2].listed = true }
    :: d_step { job[2].state == live -> job[2].state = finished }
#endif
    od
}

/* send_until passes at any moment after it was committed. The grace is over only when a job that was made in the window is
 * listed: that is what list_grace means, and what a provider that lags longer breaks. */
#define window_passes(b) batch[b].state != unused && batch[b].state != building && !batch[b].window_over -> batch[b].window_over = true
#define grace_passes(b) batch[b].window_over && !batch[b].grace_over && (job[b].state == not_made || job[b].listed) -> batch[b].grace_over = true
active proctype clocks() {
end_clocks:
    do
    :: d_step { window_passes(0) }
    :: d_step { window_passes(1) }
    :: d_step { grace_passes(0) }
    :: d_step { grace_passes(1) }
#if BATCHES == 3
    :: d_step { window_passes(2) }
    :: d_step { grace_passes(2) }
#endif
    od
}

init {
    atomic { run runner(0); run runner(1) }
}

#ifndef SAFETY_ONLY
ltl ends { <> (all_ended || out_of_nonces) }
#endif
