use crate::schedule::Expression;

#[test]
fn says_each_shape_as_a_person_would() {
    let table = [
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/30 * * * *", "every 30 minutes"),
        ("0,20,40 * * * *", "every 20 minutes"),
        ("5 * * * *", "every hour at minute 5"),
        ("5,35 * * * *", "every hour at minutes 5 and 35"),
        ("0-10 * * * *", "every hour at minutes 0 to 10"),
        ("*/7 * * * *", "every hour at every 7th minute from 0 to 56"),
        ("*/60 * * * *", "every hour at minute 0"),
        ("*/70 * * * *", "every hour at minute 0"),
        (
            "5/15 * * * *",
            "every hour at every 15th minute from 5 to 50",
        ),
        ("@hourly", "every hour at minute 0"),
        ("0 */6 * * *", "every 6 hours at minute 0"),
        ("30 */12 * * *", "every 12 hours at minute 30"),
        ("0 0,12 * * *", "every 12 hours at minute 0"),
        ("*/30 */8 * * *", "every 8 hours at minutes 0 and 30"),
        ("0 2 * * *", "every day at 02:00"),
        ("0 2 ? * ?", "every day at 02:00"),
        ("@daily", "every day at 00:00"),
        ("@midnight", "every day at 00:00"),
        ("0,30 2 * * *", "every day at 02:00 and 02:30"),
        ("15 2,14 * * *", "every day at 02:15 and 14:15"),
        ("0 9-12 * * *", "every day at 09:00, 10:00, 11:00 and 12:00"),
        ("0 9-17 * * *", "every hour from 09:00 to 17:00"),
        ("*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:45"),
        ("* 2 * * *", "every minute from 02:00 to 02:59"),
        ("*/5 2 * * *", "every 5 minutes from 02:00 to 02:55"),
        ("* */6 * * *", "every minute of every 6th hour from 0 to 18"),
        ("* 1,4 * * *", "every minute of hours 1 and 4"),
        (
            "0 1-23/2 * * *",
            "every day at minute 0 of every 2nd hour from 1 to 23",
        ),
        (
            "7,9 0-5,20-23 * * *",
            "every day at minutes 7 and 9 of hours 0 to 5 and 20 to 23",
        ),
        ("0 1 * * 0", "every Sunday at 01:00"),
        ("@weekly", "every Sunday at 00:00"),
        ("0 22 * * 1-5", "every Monday to Friday at 22:00"),
        (
            "0 22 * * mon,wed,FRI",
            "every Monday, Wednesday and Friday at 22:00",
        ),
        ("0 3 * * 0,6", "every Saturday and Sunday at 03:00"),
        ("0 3 * * fri-sat,sun", "every Friday to Sunday at 03:00"),
        ("0 3 * * 0-6", "every day at 03:00"),
        (
            "0 3 * * */2",
            "every Tuesday, Thursday, Saturday and Sunday at 03:00",
        ),
        ("*/15 * * * 1-5", "every 15 minutes on Monday to Friday"),
        ("0 */6 * * 6", "every 6 hours at minute 0 on Saturday"),
        ("0 0 1 * *", "at 00:00 on day 1 of every month"),
        ("@monthly", "at 00:00 on day 1 of every month"),
        ("0 0 1,15 * *", "at 00:00 on days 1 and 15 of every month"),
        ("0 0 1-7 * *", "at 00:00 on days 1 to 7 of every month"),
        ("0 0 1-31 * *", "every day at 00:00"),
        (
            "0 0 */2 * *",
            "at 00:00 on every 2nd day from 1 to 31 of every month",
        ),
        (
            "0 0 31 * *",
            "at 00:00 on day 31 of every month that has it",
        ),
        (
            "0 0 30,31 * *",
            "at 00:00 on days 30 and 31 of every month that has them",
        ),
        ("0 0 1,31 * *", "at 00:00 on days 1 and 31 of every month"),
        (
            "0 0 30 2,3 *",
            "at 00:00 on day 30 of February and March, where the month has it",
        ),
        (
            "0 0 29 2 *",
            "at 00:00 on day 29 of February, in leap years",
        ),
        ("0 0 1 jan *", "at 00:00 on day 1 of January"),
        ("@yearly", "at 00:00 on day 1 of January"),
        ("@annually", "at 00:00 on day 1 of January"),
        (
            "0 0 1 */3 *",
            "at 00:00 on day 1 of January, April, July and October",
        ),
        ("*/15 * 1 * *", "every 15 minutes on day 1 of every month"),
        ("0 2 * 6-8 *", "every day in June to August at 02:00"),
        ("0 2 * 12 0", "every Sunday in December at 02:00"),
        ("*/15 * * 12 *", "every 15 minutes in December"),
        ("*/15 * * 12 0", "every 15 minutes on Sunday in December"),
        ("0 0 13 * 5", "on day 13 of the month or on Friday at 00:00"),
        (
            "0 0 13 1,7 5",
            "in January and July, on day 13 of the month or on Friday at 00:00",
        ),
        (
            "*/15 * 13 * 5",
            "every 15 minutes on day 13 of the month or on Friday",
        ),
        (
            "0 0 */2 * 5",
            "on every 2nd day from 1 to 31 of the month or on Friday at 00:00",
        ),
        // Either of the two, one of which is every day.
        ("0 0 1 * 0-6", "every day at 00:00"),
        ("0 0 1-31 * 5", "every day at 00:00"),
        // Either of the two, one of which selects nothing.
        ("0 0 13 * ,", "at 00:00 on day 13 of every month"),
        ("0 0 , * 5", "every Friday at 00:00"),
        (
            "0 0 31 2 5",
            "in February, on day 31 of the month or on Friday at 00:00",
        ),
        ("0 0 31 2 *", "never, because no such date exists"),
        ("0 0 31 4,6,9,11 *", "never, because no such date exists"),
        (
            ", * * * *",
            "never, because the minute field selects nothing",
        ),
        ("0 , * * *", "never, because the hour field selects nothing"),
        (
            "0 0 * , *",
            "never, because the month field selects nothing",
        ),
        ("0 0 , * *", "never, because the day fields select nothing"),
        ("0 0 , * ,", "never, because the day fields select nothing"),
        (
            "@every 1h30m",
            "every 1 hour 30 minutes, counted from the last run and not from the clock",
        ),
        (
            "@every 1h",
            "every hour, counted from the last run and not from the clock",
        ),
        (
            "@every 0s",
            "every second, counted from the last run and not from the clock",
        ),
    ];
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, expected)| {
            let words = Expression::parse(text).expect(text).words();
            (words != *expected).then(|| format!("{text}: {words}, not {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
